@description('Name of the key vault.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Keep the vault from being purged for 90 days after its deletion.')
param purgeProtection bool

@description('Principal that reads the secrets.')
param readerId string

var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // False is refused: either it is on, or nothing is said of it.
    enablePurgeProtection: purgeProtection ? true : null
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, readerId, keyVaultSecretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
    principalId: readerId
    principalType: 'ServicePrincipal'
  }
}

@description('Name of the key vault.')
output name string = vault.name

@description('Address of the key vault, with a slash at its end.')
output uri string = vault.properties.vaultUri
