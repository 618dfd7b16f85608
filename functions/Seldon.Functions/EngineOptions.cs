using Microsoft.Extensions.Logging;
using Seldon.Functions.Grpc;
using Seldon.Functions.Protocols;
using Seldon.Functions.Rest;

namespace Seldon.Functions;

/// <summary>What the engine is set to do. Made by <see cref="Settings.Read"/>, which has checked it.</summary>
public sealed class EngineOptions
{
    /// <summary>Most concurrent model calls of an instance. Default 64. Setting: <c>KAFKA_WORKERS</c>.</summary>
    public int Workers { get; init; } = 64;

    /// <summary>The routes; at least one.</summary>
    public required IReadOnlyList<RouteOptions> Routes { get; init; }

    internal static RouteTable ToRouteTable(EngineOptions options, ILogger logger, TimeProvider time)
    {
        var slots = new SemaphoreSlim(options.Workers, options.Workers);
        return new RouteTable([.. options.Routes.Select(ToRoute)]);

        Route ToRoute(RouteOptions route)
        {
            var protocol = TensorFlow.Protocol;
            ModelEndpoint Endpoint(IModelTransport transport) => new(route.Name, transport, route.Model, route.Limits.Timeout, slots, time, logger);
            return new Route
            {
                Name = route.Name,
                InputTopic = route.InputTopic,
                Model = route.Model,
                Rest = route.Transport == Transport.Grpc || route.RestUrl is null
                    ? null
                    : Endpoint(new RestTransport(route.RestUrl, protocol, route.Model, route.Limits.MaxResponseBytes, time)),
                Grpc = route.Transport == Transport.Rest || route.GrpcUrl is null
                    ? null
                    : Endpoint(new GrpcTransport(route.GrpcUrl, protocol, route.Model, route.Limits, time)),
            };
        }
    }
}

/// <summary>One route as it is set: which model, at which addresses, over which transport.</summary>
public sealed class RouteOptions
{
    /// <summary>The route's name; <c>default</c> for the one that the flat settings define.</summary>
    public required string Name { get; init; }

    /// <summary>The input topic whose records take this route; null for the default route.</summary>
    public string? InputTopic { get; init; }

    /// <summary>The topic for its results; null for that of all routes.</summary>
    public string? OutputTopic { get; init; }

    /// <summary>The topic for its dead letters. Default: its own output topic + <c>.errors</c>, else that of all routes.</summary>
    public string? ErrorTopic { get; init; }

    /// <summary>The model. Setting: <c>MODEL_NAME</c>.</summary>
    public required ModelSelector Model { get; init; }

    /// <summary>REST, gRPC or by record. Setting: <c>SELDON_TRANSPORT</c>.</summary>
    public Transport Transport { get; init; }

    /// <summary>scheme://host:port of the REST server. Setting: <c>MODEL_REST_URL</c>.</summary>
    public Uri? RestUrl { get; init; }

    /// <summary>scheme://host:port of the gRPC server. Setting: <c>MODEL_GRPC_URL</c>.</summary>
    public Uri? GrpcUrl { get; init; }

    /// <summary>Deadline and largest answer of a call. Defaults: 60 s (<c>MODEL_TIMEOUT</c>), 64 MiB.</summary>
    public CallLimits Limits { get; init; } = new(TimeSpan.FromSeconds(60), 64 * 1024 * 1024);
}
