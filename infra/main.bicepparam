using 'main.bicep'

// For azd, which hands over what "azd env set NAME value" has set. The names are those of the app's settings.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param kafkaBroker = readEnvironmentVariable('KAFKA_BROKER', '')
param kafkaSecurityProtocol = readEnvironmentVariable('KAFKA_SECURITY_PROTOCOL', 'SASL_SSL')
param kafkaSaslMechanism = readEnvironmentVariable('KAFKA_SASL_MECHANISM', 'PLAIN')
param kafkaSaslUsername = readEnvironmentVariable('KAFKA_SASL_USERNAME', '')
param kafkaSaslPassword = readEnvironmentVariable('KAFKA_SASL_PASSWORD', '')
param inputTopic = readEnvironmentVariable('KAFKA_INPUT_TOPIC', 'requests')
param outputTopic = readEnvironmentVariable('KAFKA_OUTPUT_TOPIC', 'predictions')
param seldonProtocol = readEnvironmentVariable('SELDON_PROTOCOL', 'tensorflow')
param modelName = readEnvironmentVariable('MODEL_NAME')
param modelRestUrl = readEnvironmentVariable('MODEL_REST_URL', '')
param modelGrpcUrl = readEnvironmentVariable('MODEL_GRPC_URL', '')
