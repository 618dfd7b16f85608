using System.Globalization;
using System.Text;

namespace Seldon.Functions.Records;

/// <summary>The record headers that this project reads or writes, and how a header is looked up.</summary>
public static class HeaderNames
{
    /// <summary>Type of a protobuf value, such as <c>tensorflow.serving.PredictRequest</c>: on requests and on results.</summary>
    public const string ProtoName = "proto-name";

    /// <summary>Media type of a REST value.</summary>
    public const string ContentType = "content-type";

    /// <summary>Content coding of a REST value, such as <c>gzip</c>.</summary>
    public const string ContentEncoding = "content-encoding";

    /// <summary>Length of the JSON part of a v2 value with binary tensors.</summary>
    public const string InferenceHeaderContentLength = "inference-header-content-length";

    /// <summary>The REST method of a TensorFlow request: <c>predict</c>, <c>classify</c> or <c>regress</c>.</summary>
    public const string Method = "seldon-method";

    /// <summary>On requests: the name of the route, where there are several. On results: the model that answered.</summary>
    public const string Model = "seldon-model";

    /// <summary>Seldon's id of a request; the record's own or <c>topic-partition-offset</c>, the same on every redelivery.</summary>
    public const string Puid = "seldon-puid";

    /// <summary>On results: <c>topic/partition/offset</c> of the input record.</summary>
    public const string Source = "seldon-source";

    /// <summary>On results: the input record's timestamp in milliseconds since 1970.</summary>
    public const string SourceTimestamp = "seldon-source-timestamp";

    /// <summary>On results: how many records shared the call to the model; absent where the record had its own.</summary>
    public const string Merged = "seldon-merged";

    /// <summary>On requests that were dead letters: how often they were put back on their input topic.</summary>
    public const string Redriven = "seldon-redriven";

    /// <summary>The trace that the record belongs to (W3C Trace Context).</summary>
    public const string TraceParent = "traceparent";

    /// <summary>What tracing systems add to that.</summary>
    public const string TraceState = "tracestate";

    /// <summary>Start of the names of all headers that a dead letter adds.</summary>
    public const string ErrorPrefix = "seldon-error-";

    /// <summary>How many headers have this name, and the first one's value.</summary>
    internal static int Count(this IReadOnlyList<Header> headers, string name, out byte[]? first)
    {
        var count = 0;
        first = null;
        for (var i = 0; i < headers.Count; i++)
        {
            if (!Is(headers[i].Name, name)) continue;
            if (count++ == 0) first = headers[i].Value;
        }
        return count;
    }

    /// <summary>Whether the header describes the value: it goes when the value goes.</summary>
    internal static bool IsEntity(string name) =>
        Is(name, ProtoName) || Is(name, ContentType) || Is(name, ContentEncoding) || Is(name, InferenceHeaderContentLength);

    /// <summary>Whether the record's value is a protobuf message, for gRPC.</summary>
    internal static bool IsProtobuf(Record record) => record.Headers.Count(ProtoName, out _) > 0;

    /// <summary>Whether a header describes the record's value.</summary>
    internal static bool IsDescribed(Record record)
    {
        for (var i = 0; i < record.Headers.Count; i++)
        {
            if (IsEntity(record.Headers[i].Name)) return true;
        }
        return false;
    }

    internal static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    internal static Header Text(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));

    internal static Header Number(string name, long value) => Text(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The record's own id, or the one that is derived from its place on the topic.</summary>
    internal static byte[] PuidOf(Record record) =>
        record.Headers.Count(Puid, out var own) > 0 && own is { Length: > 0 }
            ? own
            : Encoding.UTF8.GetBytes($"{record.Topic}-{record.Partition}-{record.Offset}");
}
