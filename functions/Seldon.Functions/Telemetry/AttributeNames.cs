namespace Seldon.Functions.Telemetry;

/// <summary>The keys of the attributes on metrics and spans: OpenTelemetry's, and those of our own that begin with <c>seldon</c>.</summary>
internal static class AttributeNames
{
    public const string ErrorType = "error.type";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";

    public const string MessagingSystem = "messaging.system";
    public const string MessagingOperationName = "messaging.operation.name";
    public const string MessagingOperationType = "messaging.operation.type";
    public const string MessagingDestination = "messaging.destination.name";
    public const string MessagingPartition = "messaging.destination.partition.id";
    public const string MessagingGroup = "messaging.consumer.group.name";
    public const string MessagingBodySize = "messaging.message.body.size";
    public const string KafkaOffset = "messaging.kafka.offset";
    public const string KafkaTombstone = "messaging.kafka.message.tombstone";

    public const string HttpMethod = "http.request.method";
    public const string HttpStatus = "http.response.status_code";
    public const string Url = "url.full";

    public const string RpcSystem = "rpc.system.name";
    public const string RpcMethod = "rpc.method";
    public const string RpcStatus = "rpc.response.status_code";

    public const string Route = "seldon.route";
    public const string Node = "seldon.node";
    public const string Transport = "seldon.transport";
    public const string Outcome = "seldon.outcome";
    public const string Rebalance = "seldon.rebalance";
}
