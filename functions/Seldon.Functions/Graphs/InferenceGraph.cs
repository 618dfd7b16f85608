using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Records;

namespace Seldon.Functions.Graphs;

/// <summary>
/// A Seldon inference graph: sends a record from node to node, as Seldon's executor does. Every call waits out the outages of its own
/// node, and a node that fails a record fails it for the graph.
/// </summary>
/// <remarks>
/// <code>
/// message ─1─► predict or transform ─2─► route ─3─► children: all at once, one, none ─4─► aggregate ─5─► transform ─► message
/// </code>
/// What a node answers is what the next one is asked with: <see cref="GraphMessage"/>.
/// </remarks>
/// <param name="route">The route's name.</param>
/// <param name="root">The root of the nodes.</param>
/// <param name="protocol">The protocol that all nodes speak.</param>
/// <param name="injectsRouting">Whether answers tell which way they took.</param>
/// <param name="defaultType">The header <c>proto-name</c> of records without one; null for none. Where there is REST, too, it is not for records whose value another header describes.</param>
internal sealed class InferenceGraph(string route, Node root, Protocol protocol, bool injectsRouting, Header? defaultType = null)
{
    private readonly bool _hasRest = root.All.Any(n => n.Endpoints.Rest is not null);

    /// <summary>The endpoints of all nodes.</summary>
    public IEnumerable<ModelEndpoint> Endpoints => root.All.SelectMany(n => n.Endpoints.All);

    /// <summary>The graph's answer to the record, or its rejection; waits out every outage of a node on its way.</summary>
    public async ValueTask<Outcome> InferAsync(Record record, CancellationToken cancellationToken)
    {
        if (defaultType is { } type && !HeaderNames.IsProtobuf(record) && !(_hasRest && HeaderNames.IsDescribed(record)))
            record = record with { Headers = [.. record.Headers, type] };
        var routing = new WaysTaken();
        var passed = await WalkAsync(root, new Step(record, record, routing, cancellationToken)).ConfigureAwait(false);
        if (passed.Message is not { } message) return passed.Failure;
        var value = injectsRouting ? protocol.WithRouting(message.Value!, HeaderNames.IsProtobuf(message), routing.Ways) : message.Value!;
        return Outcome.Answered(new Answer(route, root.Name, value, [.. message.Headers.Where(h => HeaderNames.IsEntity(h.Name) || CloudEvents.IsAttribute(h.Name) || HeaderNames.Is(h.Name, HeaderNames.Merged))]));
    }

    private async ValueTask<StepResult> WalkAsync(Node node, Step step)
    {
        // 1. What the node itself makes of the message.
        if (node.Enter is { } enter)
        {
            var entered = await CallAsync(node, enter, step).ConfigureAwait(false);
            if (entered.Message is null) return entered;
            step = step with { Message = entered.Message };
            step.Routing.Took(node.Name, SeldonRoute.All);
        }
        else if (node.Settings.BuiltIn == BuiltIn.SimpleModel)
        {
            step = step with { Message = GraphMessage.OfSimpleModel(step.Record, step.Message) };
            step.Routing.Took(node.Name, SeldonRoute.All);
        }

        if (node.Children.Count > 0)
        {
            // 2. Which children are to see it.
            var (way, routed) = await RouteAsync(node, step).ConfigureAwait(false);
            if (routed.Message is null) return routed;

            // 3., 4. What they make of it, all together or one.
            if (way != SeldonRoute.None)
            {
                var children = way == SeldonRoute.All ? node.Children : [node.Children[way]];
                var answered = await BelowAsync(node, children, step).ConfigureAwait(false);
                if (answered.Message is null) return answered;
                step = step with { Message = answered.Message };
            }
            step.Routing.Took(node.Name, node.Aggregate is null || way == SeldonRoute.None ? way : SeldonRoute.All);
        }

        // 5. What the node makes of that.
        return node.Leave is { } leave ? await CallAsync(node, leave, step).ConfigureAwait(false) : StepResult.On(step.Message);
    }

    private async ValueTask<(int Way, StepResult Result)> RouteAsync(Node node, Step step)
    {
        if (node.Route is not { } route)
        {
            return (node.Settings.BuiltIn switch
            {
                BuiltIn.RandomAbTest => AbTest.Choose(HeaderNames.PuidOf(step.Record), node.Name, node.Settings.RatioA),
                BuiltIn.SimpleRouter => 0,
                _ => SeldonRoute.All,
            }, StepResult.On(step.Message));
        }
        var passed = await CallAsync(node, route, step).ConfigureAwait(false);
        if (passed.Message is not { } answer) return (SeldonRoute.None, passed);
        // The transport has seen to it that it can be read.
        return (HeaderNames.IsProtobuf(answer) ? SeldonRoute.OfMessage(answer.Value, route.Children)!.Value : SeldonRoute.OfJson(answer.Value!, route.Children)!.Value, passed);
    }

    private async ValueTask<StepResult> BelowAsync(Node node, IReadOnlyList<Node> children, Step step)
    {
        var answers = children.Count == 1 ? [await WalkAsync(children[0], step).ConfigureAwait(false)] : await AllAsync(children, step).ConfigureAwait(false);
        foreach (var answer in answers)
        {
            if (answer.Failure.Kind != OutcomeKind.Unprocessed) return answer;
        }
        return node.Aggregate is { } aggregate
            ? await CallAsync(node, aggregate, step with { Message = GraphMessage.ListOf(step.Record, [.. answers.Select(a => a.Message!)]) }).ConfigureAwait(false)
            : answers[0];
    }

    /// <summary>All children at once. When one rejects the record, the others need not go on: one of them may be held for long.</summary>
    private async Task<StepResult[]> AllAsync(IReadOnlyList<Node> children, Step step)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(step.CancellationToken);
        return await Task.WhenAll(children.Select(child => WalkOneAsync(child, step with { CancellationToken = rest.Token }))).ConfigureAwait(false);

        async Task<StepResult> WalkOneAsync(Node child, Step own)
        {
            try
            {
                var passed = await WalkAsync(child, own).ConfigureAwait(false);
                if (passed.Message is null) await rest.CancelAsync().ConfigureAwait(false);
                return passed;
            }
            catch (OperationCanceledException) when (rest.IsCancellationRequested && !step.CancellationToken.IsCancellationRequested)
            {
                return default;
            }
            catch
            {
                await rest.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private async ValueTask<StepResult> CallAsync(Node node, NodeCall call, Step step)
    {
        var endpoint = node.Endpoints.For(step.Message)!;
        var request = endpoint.Prepare(step.Message, call with { OfAnswer = !ReferenceEquals(step.Message, step.Record) }, out var rejection);
        if (request is null) return StepResult.Failed(Outcome.Rejected(rejection! with { Route = route, Message = $"For the node '{node.Name}': {rejection.Message}" }));
        var outcome = await endpoint.InferAsync(request, step.CancellationToken).ConfigureAwait(false);
        return outcome.Answer is { } answer ? StepResult.On(GraphMessage.Of(step.Record, answer.Value, answer.EntityHeaders)) : StepResult.Failed(outcome);
    }

    /// <summary>Where a walk stands.</summary>
    /// <param name="Record">The record that came in.</param>
    /// <param name="Message">What has become of it so far.</param>
    /// <param name="Routing">The way that it took.</param>
    /// <param name="CancellationToken">Ends the walk.</param>
    private readonly record struct Step(Record Record, Record Message, WaysTaken Routing, CancellationToken CancellationToken);
}
