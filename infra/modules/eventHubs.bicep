@description('Name of the Event Hubs namespace.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags object

@description('Topics; to Event Hubs each is an event hub.')
param topics string[]

@description('Partitions of each topic.')
param partitions int

@description('Throughput units.')
param throughputUnits int

@description('Days that records are kept.')
param retentionDays int

@description('Spread the namespace over availability zones.')
param zoneRedundant bool

@description('Name of the key vault that keeps the credentials.')
param keyVaultName string

resource namespace 'Microsoft.EventHub/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  // Basic has no Kafka.
  sku: { name: 'Standard', tier: 'Standard', capacity: throughputUnits }
  properties: {
    kafkaEnabled: true
    minimumTlsVersion: '1.2'
    zoneRedundant: zoneRedundant
    // The trigger cannot log in as an identity, only with a connection string.
    disableLocalAuth: false
  }

  resource hubs 'eventhubs' = [
    for topic in topics: {
      name: topic
      properties: {
        partitionCount: partitions
        retentionDescription: { cleanupPolicy: 'Delete', retentionTimeInHours: retentionDays * 24 }
      }
    }
  ]

  resource rule 'authorizationRules' = {
    name: 'seldon-functions'
    properties: { rights: ['Listen', 'Send'] }
  }
}

module credentials 'kafkaCredentials.bicep' = {
  params: {
    keyVaultName: keyVaultName
    username: '$ConnectionString'
    password: namespace::rule.listKeys().primaryConnectionString
  }
}

@description('Address of the namespace for Kafka clients.')
output broker string = '${split(split(namespace.properties.serviceBusEndpoint, '//')[1], ':')[0]}:9093'
