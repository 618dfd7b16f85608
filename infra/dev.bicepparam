using 'main.bicep'

// Everything is made here and costs least; it can be thrown away at any time.
param environmentName = 'seldon-functions-dev'
param location = 'westeurope'
param tags = { project: 'seldon-functions', environment: 'dev' }
param partitions = 4
param retentionDays = 1
param modelName = 'resnet32'
param modelRestUrl = 'https://models-dev.example.com:8501'
param modelGrpcUrl = 'https://models-dev.example.com:8500'
