using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Routing;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>Is each model server there, does it speak the route's protocol, has it the model, is that ready, and what does it take.</summary>
internal sealed class ModelCheck(EngineOptions options, TimeProvider time)
{
    public async IAsyncEnumerable<Finding> RunAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What is open cannot be asked: nobody knows how.
        foreach (var route in options.Routes.Where(r => r.OpenProtocol is null))
        {
            foreach (var (node, server, protocol) in Routes.Servers(route))
            {
                foreach (var transport in Each(Routes.Transports(server, protocol, time, node?.Methods ?? NodeMethods.None)))
                {
                    using (transport)
                    {
                        var subject = node is null ? $"model {route.Name}" : $"node {node.Name}";
                        yield return await OfAsync(new Server(subject, server, protocol, node is not null, transport), cancellationToken).ConfigureAwait(false);
                    }
                }
            }
        }
    }

    private async Task<Finding> OfAsync(Server server, CancellationToken cancellationToken)
    {
        var (subject, route, protocol, _, transport) = server;
        var presence = await AskAsync(transport, protocol.PresenceQuestion(route.Model), cancellationToken).ConfigureAwait(false);
        if (presence.Failure.Length > 0) return Finding.Failure(subject, $"{transport.Name} {presence.Failure}.", FixFor(presence.Failure, server));
        if (presence.Status is "401" or "403" or "UNAUTHENTICATED" or "PERMISSION_DENIED")
            return Finding.Failure(subject, $"{transport.Name} answers {presence.Status}.", "set MODEL_TOKEN_FILE, or the Headers of the route, to what the server lets in");

        var speaks = protocol.ShowsPresence(presence);
        if (!speaks && await RecogniseAsync(server, cancellationToken).ConfigureAwait(false) is { } other)
            return Finding.Failure(subject, $"{transport.Name} speaks {other}, but the protocol is set to {protocol.Name}.", $"set {NameOf(server, "SELDON_PROTOCOL", "Protocol")} to {other}, or {AddressOf(server)} to a server that speaks {protocol.Name}");

        var readiness = await ProbeAsync(transport, cancellationToken).ConfigureAwait(false);
        if (readiness.Kind == ReadinessKind.Unknown || readiness.Why.Contains("NOT_FOUND", StringComparison.Ordinal))
        {
            if (speaks) return Finding.Failure(subject, $"{transport.Name}: the server has no model {route.Model.Name}{Chosen(route.Model)}.", $"set {NameOf(server, "MODEL_NAME", "Model")} to a model that it has, or load the model");
            return Finding.Warning(subject, $"{transport.Name}: the server is there, but does not show that it speaks {protocol.Name} (it answers {presence.Status}).", "send it a request: check --record FILE --infer");
        }
        if (!readiness.IsOpen) return Finding.Failure(subject, $"{transport.Name} is not ready: it {readiness.Why}.", $"wait until the model is loaded, and see its server's log; or correct {AddressOf(server)}. 'run' waits for it");
        if (!speaks) return Finding.Warning(subject, $"{transport.Name} answers, but does not show that it speaks {protocol.Name} (it answers {presence.Status}).", "send it a request: check --record FILE --infer");

        return protocol.MetadataQuestion is { } question
            ? OfMetadata(server, await AskAsync(transport, question(route.Model), cancellationToken).ConfigureAwait(false))
            : Finding.Ok(subject, $"{transport.Name} is there ({protocol.Name} has no metadata to ask for)");
    }

    private static Finding OfMetadata(Server server, ServerAnswer answer)
    {
        var (subject, route, protocol, _, transport) = server;
        if (protocol.ReadMetadata(answer) is not { } metadata)
            return Finding.Ok(subject, $"{transport.Name} is ready; it has no metadata to show ({(answer.Failure.Length > 0 ? answer.Failure : answer.Status)})");
        var shapes = $"takes {string.Join("; ", metadata.Inputs)}, gives {string.Join("; ", metadata.Outputs)}";
        if (metadata.IsOpen) return Finding.Ok(subject, $"{transport.Name} is ready; {shapes}; dimension 0 is open, so records can share calls");
        return route.Batch.MaxRows > 1
            ? Finding.Warning(subject, $"{transport.Name} is ready, but {shapes}: dimension 0 is not open, so records cannot share calls.", $"remove {NameOf(server, "MODEL_MAX_BATCH_ROWS", "MaxBatchRows")}, or export the model with an open dimension 0")
            : Finding.Ok(subject, $"{transport.Name} is ready; {shapes}");
    }

    /// <summary>The protocol that the server speaks instead; null if it speaks none that is known.</summary>
    private async Task<string?> RecogniseAsync(Server server, CancellationToken cancellationToken)
    {
        var answers = await Recognition.AskAsync(server.Route with { Transport = server.Transport.Kind }, time, cancellationToken).ConfigureAwait(false);
        return answers.FirstOrDefault(a => a.IsSpoken && a.Protocol.Name != server.Protocol.Name)?.Protocol.Name;
    }

    private Task<ServerAnswer> AskAsync(IModelTransport transport, ServerQuestion question, CancellationToken cancellationToken) =>
        Recognition.AskAsync(transport, question, time, cancellationToken);

    private Task<Readiness> ProbeAsync(IModelTransport transport, CancellationToken cancellationToken) =>
        Recognition.WithinPatienceAsync(stop => transport.ProbeAsync(false, stop), Readiness.No, time, cancellationToken);

    private static string FixFor(string failure, Server server)
    {
        if (failure.Contains("certificate", StringComparison.OrdinalIgnoreCase))
            return $"set {NameOf(server, "MODEL_CA_FILE", "CaFile")} to who signed the server's certificate, {NameOf(server, "MODEL_CLIENT_CERT_FILE", "ClientCertFile")} if it wants ours, or {NameOf(server, "MODEL_HOST_HEADER", "HostHeader")} to the name in its certificate";
        return $"start the server, or correct {AddressOf(server)}";
    }

    private static string AddressOf(Server server)
    {
        var isGrpc = server.Transport.Kind == Transport.Grpc;
        return server.IsNode ? "the address of the node" : NameOf(server, isGrpc ? "MODEL_GRPC_URL" : "MODEL_REST_URL", isGrpc ? "GrpcUrl" : "RestUrl");
    }

    /// <summary>The flat setting, or that of the route where the routes have settings of their own.</summary>
    private static string NameOf(Server server, string flat, string ofRoute) => server.IsNode || server.Route.Name == "default" ? flat : $"{ofRoute} of the route {server.Route.Name}";

    private static string Chosen(ModelSelector model) => model.Version is { } version ? $", version {version}" : model.Label is { } label ? $", label {label}" : "";

    private static IEnumerable<IModelTransport> Each((IModelTransport? OverRest, IModelTransport? OverGrpc) transports) =>
        new[] { transports.OverRest, transports.OverGrpc }.OfType<IModelTransport>();

    private sealed record Server(string Subject, RouteOptions Route, Protocol Protocol, bool IsNode, IModelTransport Transport);
}
