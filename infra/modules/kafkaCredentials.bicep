import { secretNames } from '../names.bicep'

@description('Name of the key vault.')
param keyVaultName string

@secure()
@description('User of the cluster. Empty: the secret that is there stays.')
param username string

@secure()
@description('Password of the cluster. Empty: the secret that is there stays.')
param password string

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = {
  name: keyVaultName

  resource usernameSecret 'secrets' = if (!empty(username)) {
    name: secretNames.username
    properties: { value: username }
  }

  resource passwordSecret 'secrets' = if (!empty(password)) {
    name: secretNames.password
    properties: { value: password }
  }
}
