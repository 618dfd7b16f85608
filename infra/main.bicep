targetScope = 'subscription'

import { namesOf, secretNames } from 'names.bicep'

@minLength(1)
@maxLength(60)
@description('Name of the environment. The resource group is called after it, and unique names are derived from it.')
param environmentName string

@minLength(1)
@metadata({ azd: { type: 'location' } })
@description('Region of all resources. It must offer Flex Consumption.')
param location string

@description('Tags of all resources, beside azd-env-name.')
param tags object = {}

@description('host:port of an existing Kafka cluster, several separated by commas. Empty: an Event Hubs namespace is made and is the cluster.')
param kafkaBroker string = ''

@allowed(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])
@description('How to speak to the existing cluster. Event Hubs is always SASL_SSL.')
param kafkaSecurityProtocol string = 'SASL_SSL'

@allowed(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])
@description('How to log in to the existing cluster, if its protocol is one of SASL. SCRAM reaches no broker of Kafka 4: the trigger\'s client is too old for it. Event Hubs is always PLAIN.')
param kafkaSaslMechanism string = 'PLAIN'

@secure()
@description('User of the existing cluster, kept in the key vault. Empty: the secret that is there stays.')
param kafkaSaslUsername string = ''

@secure()
@description('Password of the existing cluster, kept in the key vault. Empty: the secret that is there stays.')
param kafkaSaslPassword string = ''

@description('Topic with the requests.')
param inputTopic string = 'requests'

@description('Topic for the results.')
param outputTopic string = 'predictions'

@description('Topic for dead letters.')
param errorTopic string = '${outputTopic}.errors'

@description('Consumer group. Instances of one group share the input topic.')
param consumerGroup string = 'seldon-functions.${inputTopic}'

@minValue(1)
@maxValue(32)
@description('Partitions of each topic of the Event Hubs namespace; no more instances than these get records. It cannot be changed later.')
param partitions int = 12

@minValue(1)
@maxValue(40)
@description('Throughput units of the Event Hubs namespace: each takes 1 MB and gives 2 MB a second.')
param throughputUnits int = 1

@minValue(1)
@maxValue(7)
@description('Days that the Event Hubs namespace keeps records. A model that is out for longer loses records.')
param retentionDays int = 7

@allowed(['seldon', 'tensorflow', 'v2'])
@description('Protocol of the model server.')
param seldonProtocol string = 'tensorflow'

@description('The model\'s name at its server.')
param modelName string

@description('REST address of the model server, scheme://host:port. Empty: only gRPC is used. One of both is needed.')
param modelRestUrl string = ''

@description('gRPC address of the model server, scheme://host:port. Empty: only REST is used. One of both is needed.')
param modelGrpcUrl string = ''

@description('Further settings of the app, by name; they win over those made here. For secrets use Key Vault references.')
param settings object = {}

@minValue(1)
@maxValue(1000)
@description('Most instances. Some regions take no less than 40; the platform starts no more than there are partitions.')
param maximumInstances int = 40

@minValue(0)
@description('Instances that always run. With none, the first record after a pause waits for one to start.')
param alwaysReadyInstances int = 0

@allowed([512, 2048, 4096])
@description('Memory of an instance in MB.')
param instanceMemory int = 2048

@description('Spread plan, storage and Event Hubs over availability zones. The region must have them.')
param zoneRedundant bool = false

@description('Keep the key vault from being purged for 90 days after its deletion. It cannot be taken back.')
param purgeProtection bool = false

@minValue(30)
@maxValue(730)
@description('Days that logs and metrics are kept.')
param logRetentionDays int = 30

var names = namesOf(environmentName, toLower(uniqueString(subscription().id, environmentName, location)))
var allTags = union(tags, { 'azd-env-name': environmentName })
var usesEventHubs = empty(kafkaBroker)
var usesSasl = usesEventHubs || startsWith(kafkaSecurityProtocol, 'SASL')

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: names.resourceGroup
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: names.identity
    location: location
    tags: allTags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: names.logAnalytics
    name: names.applicationInsights
    location: location
    tags: allTags
    retentionDays: logRetentionDays
    publisherId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: names.storage
    containerName: names.deploymentContainer
    location: location
    tags: allTags
    zoneRedundant: zoneRedundant
    ownerId: identity.outputs.principalId
  }
}

module keyVault 'modules/keyVault.bicep' = {
  scope: group
  params: {
    name: names.keyVault
    location: location
    tags: allTags
    purgeProtection: purgeProtection
    readerId: identity.outputs.principalId
  }
}

module eventHubs 'modules/eventHubs.bicep' = if (usesEventHubs) {
  scope: group
  params: {
    name: names.eventHubs
    location: location
    tags: allTags
    topics: [inputTopic, outputTopic, errorTopic]
    partitions: partitions
    throughputUnits: throughputUnits
    retentionDays: retentionDays
    zoneRedundant: zoneRedundant
    keyVaultName: keyVault.outputs.name
  }
}

module kafkaCredentials 'modules/kafkaCredentials.bicep' = if (!usesEventHubs && usesSasl) {
  scope: group
  params: {
    keyVaultName: keyVault.outputs.name
    username: kafkaSaslUsername
    password: kafkaSaslPassword
  }
}

module functionApp 'modules/functionApp.bicep' = {
  scope: group
  params: {
    name: names.functionApp
    planName: names.plan
    location: location
    tags: allTags
    zoneRedundant: zoneRedundant
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    packageContainerUrl: storage.outputs.containerUrl
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    maximumInstances: maximumInstances
    alwaysReadyInstances: alwaysReadyInstances
    instanceMemory: instanceMemory
    settings: union(
      {
        KAFKA_BROKER: eventHubs.?outputs.broker ?? kafkaBroker
        KAFKA_INPUT_TOPIC: inputTopic
        KAFKA_OUTPUT_TOPIC: outputTopic
        KAFKA_ERROR_TOPIC: errorTopic
        KAFKA_CONSUMER_GROUP: consumerGroup
        KAFKA_SECURITY_PROTOCOL: usesEventHubs ? 'SASL_SSL' : kafkaSecurityProtocol
        SELDON_PROTOCOL: seldonProtocol
        MODEL_NAME: modelName
        MODEL_REST_URL: modelRestUrl
        MODEL_GRPC_URL: modelGrpcUrl
        // On a stop, the batch in work is finished and stored.
        FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING: 'true'
      },
      usesSasl
        ? {
            KAFKA_SASL_MECHANISM: usesEventHubs ? 'PLAIN' : kafkaSaslMechanism
            KAFKA_SASL_USERNAME: '@Microsoft.KeyVault(SecretUri=${keyVault.outputs.uri}secrets/${secretNames.username})'
            KAFKA_SASL_PASSWORD: '@Microsoft.KeyVault(SecretUri=${keyVault.outputs.uri}secrets/${secretNames.password})'
          }
        : {},
      // Event Hubs refuses lz4, closes the connection on a request above 1,046,528 bytes instead of refusing a record, and asks for a longer session.
      usesEventHubs
        ? {
            Seldon__Kafka__Producer__compression_type: 'none'
            Seldon__Kafka__Producer__message_max_bytes: '1000000'
            AzureFunctionsJobHost__extensions__kafka__sessionTimeoutMs: '30000'
          }
        : {},
      settings
    )
  }
  // The app looks its secrets up when it starts.
  dependsOn: [kafkaCredentials]
}

@description('Region of the resources.')
output AZURE_LOCATION string = location

@description('Resource group of everything.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app.')
output AZURE_FUNCTION_NAME string = functionApp.outputs.name

@description('Name of the key vault with the Kafka credentials.')
output AZURE_KEY_VAULT_NAME string = keyVault.outputs.name

@description('Address of the Kafka cluster.')
output AZURE_KAFKA_BROKER string = eventHubs.?outputs.broker ?? kafkaBroker
