using Grpc.Core;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Models.Grpc;

/// <summary>Makes the metadata of calls: what a record's headers give, and what every call carries besides.</summary>
/// <param name="headers">What every call carries.</param>
/// <param name="compress">Whether requests are compressed.</param>
internal sealed class GrpcMetadata(CallHeaders headers, bool compress)
{
    /// <summary>How grpc-dotnet is told to compress a request.</summary>
    private const string RequestEncoding = "grpc-internal-encoding-request";

    public Metadata Of(ModelRequest request)
    {
        var record = request.Record;
        var metadata = new Metadata();
        foreach (var header in record.Headers)
        {
            if (!ForwardableHeaders.IsForwarded(header.Name) || headers.Has(header.Name) || CloudEvents.IsShadowed(header.Name, record.Headers)) continue;
            if (!(CloudEvents.IsAttribute(header.Name) ? TryAddAttribute(metadata, header) : TryAdd(metadata, header.Name, header.Value))) Instruments.HeadersSkipped.Add(1);
        }
        if (request is not MergedRequest) TryAdd(metadata, HeaderNames.Puid, HeaderNames.PuidOf(record));
        var (parent, state) = TraceContext.OfCall(record);
        if (parent is not null) metadata.Add(HeaderNames.TraceParent, parent);
        if (state is not null) metadata.Add(HeaderNames.TraceState, state);
        AddOurs(metadata);
        if (compress) metadata.Add(RequestEncoding, "gzip");
        return metadata;
    }

    /// <summary>Of the readiness call.</summary>
    public Metadata OfProbe()
    {
        var metadata = new Metadata();
        AddOurs(metadata);
        return metadata;
    }

    private void AddOurs(Metadata metadata)
    {
        foreach (var (name, value) in headers.Current()) metadata.Add(name, value);
    }

    private bool TryAddAttribute(Metadata metadata, Header header)
    {
        if (!CloudEvents.TryEncode(header.Value, out var text)) return false;
        var name = CloudEvents.ToCall(header.Name);
        if (!headers.Has(name)) metadata.Add(name, text);
        return true;
    }

    private static bool TryAdd(Metadata metadata, string name, byte[]? value)
    {
        if (value is null || !IsMetadataKey(name)) return false;
        if (name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase)) metadata.Add(name, value);
        else if (ForwardableHeaders.TryGetText(value, out var text)) metadata.Add(name, text);
        else return false;
        return true;
    }

    /// <summary>Letters, digits, <c>_</c>, <c>-</c> and <c>.</c> (gRPC over HTTP/2, "Custom-Metadata").</summary>
    private static bool IsMetadataKey(string name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.')) return false;
        }
        return name.Length > 0;
    }
}
