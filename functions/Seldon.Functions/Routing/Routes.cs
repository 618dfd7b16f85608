using Microsoft.Extensions.Logging;
using Seldon.Functions.Graphs;
using Seldon.Functions.Models;
using Seldon.Functions.Models.Grpc;
using Seldon.Functions.Models.Rest;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Routing;

/// <summary>Makes the routes of their options: each with its endpoints, or with a graph of them.</summary>
internal static class Routes
{
    /// <summary>The table of all routes that are set.</summary>
    public static RouteTable Make(EngineOptions options, ILogger logger, TimeProvider time)
    {
        return new RouteTable([.. options.Routes.Select(ToRoute)]);

        Route ToRoute(RouteOptions route)
        {
            var protocol = ProtocolTable.Of(route.Protocol, route.Target);
            return new Route
            {
                Name = route.Name,
                InputTopic = route.InputTopic,
                Model = route.Model,
                Endpoints = route.Graph is null ? Connect(route, protocol, null) : default,
                Graph = route.Graph is { } graph
                    ? new InferenceGraph(route.Name, NodePlan.Make(graph, node => Connect(OfNode(route, node), protocol.ForNode(node.Methods), node)), protocol, route.InjectsRouting, ToHeader(route))
                    : null,
            };
        }

        static Header? ToHeader(RouteOptions route) => route.DefaultProtoName is { } type ? HeaderNames.Text(HeaderNames.ProtoName, type) : null;

        Endpoints Connect(RouteOptions route, Protocol protocol, GraphNode? node)
        {
            var slots = new SemaphoreSlim(route.Workers ?? RouteOptions.MostWorkers);
            var asked = node?.Methods ?? NodeMethods.None;
            var control = route.Control is null || node is not null ? null : ControlRequest.ToRecord(route.Control, protocol, route.Model);
            ModelEndpoint Endpoint(IModelTransport transport, TimeSpan? timeout) => new(
                route, transport, slots, time, logger, timeout, node?.Name, route.Control is { } file && ControlRequest.TransportOf(file) == transport.Kind ? control : null);
            var (rest, grpc) = Transports(route, protocol, time, asked);
            return new Endpoints(
                rest is null ? null : Endpoint(rest, node?.RestTimeout), grpc is null ? null : Endpoint(grpc, node?.GrpcTimeout), route.DefaultProtoName is not null);
        }
    }

    /// <summary>How a route reaches its server; null for a transport that it does not use.</summary>
    public static (IModelTransport? OverRest, IModelTransport? OverGrpc) Transports(RouteOptions route, Protocol protocol, TimeProvider time, NodeMethods asked = NodeMethods.None) => (
        route.Transport == Transport.Grpc || route.RestUrl is null ? null : new RestTransport(route, protocol, time, asked),
        route.Transport == Transport.Rest || route.GrpcUrl is null ? null : new GrpcTransport(route, protocol, time, asked));

    /// <summary>The servers of a route: its model's, or those of the nodes of its graph, each as a route of its own.</summary>
    public static IEnumerable<(GraphNode? Node, RouteOptions Route, Protocol Protocol)> Servers(RouteOptions route)
    {
        var protocol = ProtocolTable.Of(route.Protocol, route.Target);
        return route.Graph is null
            ? [(null, route, protocol)]
            : route.Graph.All.Where(n => n.Methods != NodeMethods.None).Select(n => ((GraphNode?)n, OfNode(route, n), protocol.ForNode(n.Methods)));
    }

    private static RouteOptions OfNode(RouteOptions route, GraphNode node) => route with
    {
        Model = new ModelSelector(node.Model ?? node.Name),
        RestUrl = node.RestUrl,
        GrpcUrl = node.GrpcUrl,
        HostHeader = node.HostHeader ?? route.HostHeader,
        Limits = route.Limits with { Timeout = node.GrpcTimeout ?? route.Limits.Timeout },
    };
}
