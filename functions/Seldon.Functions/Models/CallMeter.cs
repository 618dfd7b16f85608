using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Models;

/// <summary>What is measured and traced of the calls to one endpoint: by the conventions for HTTP clients, or by those for gRPC.</summary>
/// <param name="route">The route's name.</param>
/// <param name="node">The node's name in a graph; null for a model that stands alone.</param>
/// <param name="transport">How the calls are sent.</param>
internal sealed class CallMeter(string route, string? node, IModelTransport transport)
{
    private const string Post = "POST";

    private static readonly object Ok = 200;

    private readonly KeyValuePair<string, object?>[] _attributes =
    [
        new(AttributeNames.Route, route), new(AttributeNames.Transport, transport.Kind == Transport.Grpc ? "grpc" : "rest"),
        .. node is null ? Array.Empty<KeyValuePair<string, object?>>() : [new(AttributeNames.Node, node)],
    ];

    private readonly object _port = transport.Address.Port;
    private readonly ConcurrentDictionary<string, string> _methods = new();
    private int _active;

    /// <summary>How many calls are in flight.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>The route and the transport.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Attributes => _attributes;

    /// <summary>A measurement whose attributes are the route and the transport.</summary>
    public Measurement<T> Measure<T>(T value)
        where T : struct => new(value, _attributes);

    /// <summary>A call begins; its span, if anybody listens.</summary>
    public Activity? Start(ModelRequest request)
    {
        Interlocked.Increment(ref _active);
        if (!Instruments.Traces.HasListeners()) return null;
        var tags = Describe(request);
        if (request.Path is { } path) tags.Add(AttributeNames.Url, path.AbsoluteUri);
        // Within the record's span, where the host has made one.
        var parent = Activity.Current is null ? TraceContext.Of(request.Record).ToParent() : null;
        return Instruments.Traces.StartActivity(request.Method is { } method ? NameOf(method) : Post, ActivityKind.Client, parent ?? default, tags, (request as MergedRequest)?.Links);
    }

    /// <summary>It has ended.</summary>
    /// <param name="reply">What came back; null if the call was cancelled.</param>
    public void End(Activity? activity, ModelRequest request, TimeSpan duration, in Reply? reply)
    {
        Interlocked.Decrement(ref _active);
        var histogram = transport.Kind == Transport.Grpc ? Instruments.RpcDuration : Instruments.HttpDuration;
        if (activity is null && !histogram.Enabled) return;
        var (status, error) = (Status(reply), ErrorType(reply));
        var statusName = request.Method is null ? AttributeNames.HttpStatus : AttributeNames.RpcStatus;
        activity?.SetTag(statusName, status);
        if (error is not null) activity?.SetTag(AttributeNames.ErrorType, error).SetStatus(ActivityStatusCode.Error);
        if (!histogram.Enabled) return;
        var tags = Describe(request);
        if (status is not null) tags.Add(statusName, status);
        if (error is not null) tags.Add(AttributeNames.ErrorType, error);
        histogram.Record(duration.TotalSeconds, tags);
    }

    /// <summary>What is known of a call before it begins.</summary>
    private TagList Describe(ModelRequest request)
    {
        var tags = new TagList();
        if (request.Method is { } method)
        {
            tags.Add(AttributeNames.RpcSystem, "grpc");
            tags.Add(AttributeNames.RpcMethod, NameOf(method));
        }
        else
        {
            tags.Add(AttributeNames.HttpMethod, Post);
        }
        tags.Add(AttributeNames.ServerAddress, transport.Address.Host);
        tags.Add(AttributeNames.ServerPort, _port);
        tags.Add(AttributeNames.Route, route);
        if (node is not null) tags.Add(AttributeNames.Node, node);
        return tags;
    }

    private string NameOf(GrpcMethod method) => _methods.GetOrAdd(method.Path, static path => path.TrimStart('/'));

    /// <summary>The status as the conventions have it: for HTTP a number, if one came; for gRPC a word, if need be the client's own.</summary>
    private object? Status(in Reply? reply)
    {
        if (transport.Kind != Transport.Grpc)
        {
            if (reply is { Fault: Fault.None }) return Ok;
            return int.TryParse(reply?.Status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : null;
        }
        return reply switch
        {
            null => "CANCELLED",
            { Fault: Fault.None } => "OK",
            { Status.Length: > 0 } given => given.Status,
            { Fault: Fault.NotSent } or { ConnectionLost: true } => "UNAVAILABLE",
            { Reason: RejectionReason.ModelTimeout } => "DEADLINE_EXCEEDED",
            _ => "INTERNAL",
        };
    }

    /// <summary>Null if all went well; else the server's status or, where none came, a word of ours.</summary>
    private static string? ErrorType(in Reply? reply) => reply switch
    {
        null => "cancelled",
        { Fault: Fault.None } => null,
        { Status: { Length: > 0 } and not ("200" or "OK") } given => given.Status,
        { Fault: Fault.NotSent } => "unreachable",
        { } failed => failed.Reason.ToWire(),
    };
}
