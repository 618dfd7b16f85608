namespace Seldon.Functions.Records;

/// <summary>The closed list of reasons why a record becomes a dead letter.</summary>
public enum RejectionReason
{
    /// <summary><c>internal-error</c>: a defect of this program, not of the record; please report it.</summary>
    InternalError,

    /// <summary><c>empty-value</c>: the value is null or has no bytes.</summary>
    EmptyValue,

    /// <summary><c>unknown-route</c>: the header <c>seldon-model</c> names no route, is repeated, or no route takes this topic.</summary>
    UnknownRoute,

    /// <summary><c>missing-proto-name</c>: a gRPC record without the header <c>proto-name</c>.</summary>
    MissingProtoName,

    /// <summary><c>repeated-proto-name</c>: the header <c>proto-name</c> appears more than once.</summary>
    RepeatedProtoName,

    /// <summary><c>unknown-proto-name</c>: no inference request of the route's protocol has this name, or the route has no gRPC.</summary>
    UnknownProtoName,

    /// <summary><c>unknown-method</c>: the header <c>seldon-method</c> names no REST method of the route's protocol, or is repeated.</summary>
    UnknownMethod,

    /// <summary><c>invalid-protobuf</c>: the bytes are not a complete message of the named type.</summary>
    InvalidProtobuf,

    /// <summary><c>invalid-json</c>: the value does not start a JSON object.</summary>
    InvalidJson,

    /// <summary><c>refused-by-model</c>: the model server says that the request is wrong.</summary>
    RefusedByModel,

    /// <summary><c>unknown-model</c>: the record names a model of its own choice that the server does not have.</summary>
    UnknownModel,

    /// <summary><c>message-too-large</c>: the request or the answer is larger than the model server's or our limit.</summary>
    MessageTooLarge,

    /// <summary><c>model-failed</c>: the model fails on this record, every time, while it answers others.</summary>
    ModelFailed,

    /// <summary><c>model-timeout</c>: the model does not answer this record within the deadline, while it answers others.</summary>
    ModelTimeout,

    /// <summary><c>connection-lost</c>: the connection breaks on this record, every time, while the model answers others.</summary>
    ConnectionLost,

    /// <summary><c>invalid-answer</c>: what comes back for this record is no answer of the protocol.</summary>
    InvalidAnswer,

    /// <summary><c>result-too-large</c>: the results topic takes no record of this size.</summary>
    ResultTooLarge,

    /// <summary><c>result-refused</c>: the results topic refuses this record itself, for instance for want of a key.</summary>
    ResultRefused,
}

/// <summary>How reasons are written on the wire.</summary>
public static class RejectionReasons
{
    private static readonly string[] Names = [.. Enum.GetNames<RejectionReason>().Select(ToKebab)];

    /// <summary>The reason as it stands in the header <c>seldon-error-reason</c>, such as <c>empty-value</c>.</summary>
    public static string ToWire(this RejectionReason reason) => Names[(int)reason];

    private static string ToKebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
}
