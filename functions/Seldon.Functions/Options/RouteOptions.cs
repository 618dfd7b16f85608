namespace Seldon.Functions.Options;

/// <summary>One route as it is set: which model, at which addresses, over which transport.</summary>
public sealed record RouteOptions
{
    /// <summary>The protocol of a SeldonDeployment that names none, and of every route whose servers are not asked.</summary>
    internal const string DefaultProtocol = "seldon";

    /// <summary>The most calls in flight that are found where no number is set.</summary>
    internal const int MostWorkers = 256;

    /// <summary>The route's name; <c>default</c> for the one that the flat settings define.</summary>
    public required string Name { get; init; }

    /// <summary>The input topic whose records take this route; null for the default route.</summary>
    public string? InputTopic { get; init; }

    /// <summary>The topic for its results; null for that of all routes.</summary>
    public string? OutputTopic { get; init; }

    /// <summary>The topic for its dead letters. Default: its own output topic + <c>.errors</c>, else that of all routes.</summary>
    public string? ErrorTopic { get; init; }

    /// <summary>The protocol: <c>seldon</c>, <c>tensorflow</c> or <c>v2</c>. Default <c>seldon</c>. Setting: <c>SELDON_PROTOCOL</c>.</summary>
    public string Protocol { get; init; } = DefaultProtocol;

    /// <summary>The setting that would name the protocol, while its servers have still to be asked for it; null if it is known. No record can take an open route.</summary>
    internal string? OpenProtocol { get; init; }

    /// <summary>What answers at the addresses. Default: a model server. Setting: <c>SELDON_TARGET</c>.</summary>
    public Target Target { get; init; }

    /// <summary>
    /// The REST method of records without the header <c>seldon-method</c>: for TensorFlow <c>predict</c>, <c>classify</c> or
    /// <c>regress</c>. Default: the protocol's first. Setting: <c>SELDON_METHOD</c>.
    /// </summary>
    public string? Method { get; init; }

    /// <summary>
    /// The inference graph that answers instead of a single model; null for a single model. A graph brings the addresses of its nodes;
    /// <see cref="Model"/> then names the graph in results, and <see cref="RestUrl"/> and <see cref="GrpcUrl"/> are null.
    /// </summary>
    public GraphNode? Graph { get; init; }

    /// <summary>
    /// Whether the answers of a graph tell which way they took (<c>meta.routing</c>; protocol <c>seldon</c> only). Default no. Setting:
    /// <c>SELDON_ENABLE_ROUTING_INJECTION</c>.
    /// </summary>
    public bool InjectsRouting { get; init; }

    /// <summary>The model. Setting: <c>MODEL_NAME</c>.</summary>
    public required ModelSelector Model { get; init; }

    /// <summary>REST, gRPC or by record. Setting: <c>SELDON_TRANSPORT</c>.</summary>
    public Transport Transport { get; init; }

    /// <summary>scheme://host:port of the REST server, perhaps with a path that stands before the protocol's own. Setting: <c>MODEL_REST_URL</c>.</summary>
    public Uri? RestUrl { get; init; }

    /// <summary>scheme://host:port of the gRPC server. Setting: <c>MODEL_GRPC_URL</c>.</summary>
    public Uri? GrpcUrl { get; init; }

    /// <summary>
    /// The host that calls name (<c>Host</c>, <c>:authority</c>) instead of the address's own, and that the certificate of an https server
    /// must have; null for the address's. Setting: <c>MODEL_HOST_HEADER</c>.
    /// </summary>
    public string? HostHeader { get; init; }

    /// <summary>
    /// The type of gRPC requests without the header <c>proto-name</c>; null if each must have it. With both transports such a record is a
    /// REST request if a header describes its value, such as <c>content-type</c>. Setting: <c>SELDON_DEFAULT_PROTO_NAME</c>.
    /// </summary>
    public string? DefaultProtoName { get; init; }

    /// <summary>
    /// Most concurrent calls to the model; null if each endpoint finds the best number, from 1 to 256 (<c>auto</c>). Default null. Setting:
    /// <c>KAFKA_WORKERS</c>, or the route's own <c>Workers</c>.
    /// </summary>
    public int? Workers { get; init; }

    /// <summary>How many rows of waiting records go in one call. Default off. Settings: <c>MODEL_MAX_BATCH_ROWS</c>, <c>MODEL_MAX_BATCH_BYTES</c>.</summary>
    public BatchLimits Batch { get; init; } = BatchLimits.Off;

    /// <summary>Whether requests are compressed with gzip, and answers may be. Setting: <c>MODEL_COMPRESSION</c>.</summary>
    public bool Compress { get; init; }

    /// <summary>How TLS to the model differs from the system's usual. Settings: <c>MODEL_CA_FILE</c>, <c>MODEL_CLIENT_CERT_FILE</c>, <c>MODEL_CLIENT_KEY_FILE</c>.</summary>
    public ModelTls Tls { get; init; } = new();

    /// <summary>Headers of every call, which win over a record's own. Section <c>Headers</c> of a route.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>A file with a bearer token for the header <c>Authorization</c>; read again when it changes. Setting: <c>MODEL_TOKEN_FILE</c>.</summary>
    public string? TokenFile { get; init; }

    /// <summary>For how long a record is retried and an endpoint trusted. Settings: <c>MODEL_GIVE_UP_AFTER</c>, <c>MODEL_TRUST_READINESS</c>.</summary>
    public Patience Patience { get; init; } = Patience.Default;

    /// <summary>
    /// A request that is known to be good, JSON for REST or protobuf for gRPC; null for none. Setting: <c>MODEL_CONTROL_FILE</c>, which
    /// names the file that it stands in.
    /// </summary>
    public byte[]? Control { get; init; }

    /// <summary>Deadline and largest answer of a call. Defaults: 60 s (<c>MODEL_TIMEOUT</c>), 64 MiB.</summary>
    public CallLimits Limits { get; init; } = CallLimits.Default;
}
