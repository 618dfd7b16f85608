using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Records;

/// <summary>
/// The trace that a record belongs to, by its headers <c>traceparent</c> and <c>tracestate</c> (W3C Trace Context). A
/// <c>traceparent</c> that is malformed or repeated belongs to no trace.
/// </summary>
internal readonly struct TraceContext
{
    private const int Length = 55;

    private static readonly SearchValues<byte> Hex = SearchValues.Create("0123456789abcdef"u8);

    private readonly byte[]? _parent;
    private readonly string? _state;

    private TraceContext(byte[]? parent, string? state) => (_parent, _state) = (parent, state);

    /// <summary>The record's own context; without a trace it is the zero value.</summary>
    public static TraceContext Of(Record record)
    {
        if (record.Headers.Count(HeaderNames.TraceParent, out var parent) != 1 || !IsValid(parent)) return default;
        var isStated = record.Headers.Count(HeaderNames.TraceState, out var state) == 1 && ForwardableHeaders.TryGetText(state, out _);
        return new TraceContext(parent, isStated ? Encoding.ASCII.GetString(state!) : null);
    }

    /// <summary>What a call for the record carries: the context of the call's own activity if there is one, else the record's.</summary>
    public static (string? Parent, string? State) OfCall(Record record)
    {
        if (Activity.Current is { Kind: ActivityKind.Client } call && call.Source == Instruments.Traces) return (call.Id, call.TraceStateString);
        var own = Of(record);
        return own._parent is null ? default : (Encoding.ASCII.GetString(own._parent), own._state);
    }

    /// <summary>The publication with the context of this activity in the place of the record's; as it is without one.</summary>
    public static ProducerRecord Continue(ProducerRecord publication, Activity? activity)
    {
        if (activity?.Id is not { } id) return publication;
        var headers = new List<Header>(publication.Headers.Count + 2);
        foreach (var header in publication.Headers)
        {
            if (!HeaderNames.Is(header.Name, HeaderNames.TraceParent) && !HeaderNames.Is(header.Name, HeaderNames.TraceState)) headers.Add(header);
        }
        headers.Add(HeaderNames.Text(HeaderNames.TraceParent, id));
        if (activity.TraceStateString is { Length: > 0 } state) headers.Add(HeaderNames.Text(HeaderNames.TraceState, state));
        return publication with { Headers = headers };
    }

    /// <summary>The same as .NET has it.</summary>
    public ActivityContext? ToParent()
    {
        if (_parent is null) return null;
        var flags = byte.Parse(_parent.AsSpan(53, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return new ActivityContext(
            ActivityTraceId.CreateFromUtf8String(_parent.AsSpan(3, 32)), ActivitySpanId.CreateFromUtf8String(_parent.AsSpan(36, 16)),
            (ActivityTraceFlags)flags & ActivityTraceFlags.Recorded, _state, isRemote: true);
    }

    /// <summary>Version, trace id, parent id and flags; a version later than 00 may have more behind.</summary>
    private static bool IsValid(ReadOnlySpan<byte> header) =>
        header.Length >= Length && header[2] == '-' && header[35] == '-' && header[52] == '-'
        && IsHex(header[..2]) && IsHex(header[3..35]) && IsHex(header[36..52]) && IsHex(header[53..55])
        && header[3..35].ContainsAnyExcept((byte)'0') && header[36..52].ContainsAnyExcept((byte)'0')
        && !header.StartsWith("ff"u8)
        && (header.Length == Length || (!header.StartsWith("00"u8) && header[Length] == '-' && !header.ContainsAnyExceptInRange((byte)'!', (byte)'~')));

    private static bool IsHex(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept(Hex);
}
