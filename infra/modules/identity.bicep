@description('Name of the identity.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id of the identity.')
output id string = identity.id

@description('The identity, for those who ask for a token as it.')
output clientId string = identity.properties.clientId

@description('The identity, for those who give it a role.')
output principalId string = identity.properties.principalId
