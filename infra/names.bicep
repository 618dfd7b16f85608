@export()
@description('What everything is called. The token makes names unique that must be so in all of Azure.')
func namesOf(environmentName string, token string) object => {
  resourceGroup: 'rg-${environmentName}'
  logAnalytics: 'log-${token}'
  applicationInsights: 'appi-${token}'
  identity: 'id-${token}'
  storage: 'st${token}'
  deploymentContainer: 'deployment'
  keyVault: 'kv-${token}'
  eventHubs: 'evhns-${token}'
  plan: 'plan-${token}'
  functionApp: 'func-${token}'
}

@export()
@description('The service of azure.yaml that is deployed to the function app.')
var serviceName = 'functions'

@export()
@description('The function, as the app names it.')
var functionName = 'Inference'

@export()
@description('Secrets of the key vault.')
var secretNames = {
  username: 'kafka-sasl-username'
  password: 'kafka-sasl-password'
}
