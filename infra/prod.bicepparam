using 'main.bicep'

// An existing cluster. Whoever knows its user and password sets the two variables for the first deployment; they stay in the key vault.
param environmentName = 'seldon-functions-prod'
param location = 'westeurope'
param tags = { project: 'seldon-functions', environment: 'prod' }
param kafkaBroker = 'kafka-1.example.com:9093,kafka-2.example.com:9093,kafka-3.example.com:9093'
param kafkaSaslUsername = readEnvironmentVariable('KAFKA_SASL_USERNAME', '')
param kafkaSaslPassword = readEnvironmentVariable('KAFKA_SASL_PASSWORD', '')
param modelName = 'resnet32'
param modelRestUrl = 'https://models.example.com:8501'
param modelGrpcUrl = 'https://models.example.com:8500'
param alwaysReadyInstances = 1
param zoneRedundant = true
param purgeProtection = true
param logRetentionDays = 90
