using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>A graph in an engine, on scripted servers: each node appends to the text what it was asked for, unless a test says otherwise.</summary>
internal sealed class GraphUnderTest : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task<Outcome>> _started = [];
    private readonly GraphServers _servers;
    private readonly Dictionary<int, Func<Call, Reaction?>> _overrides = [];
    private readonly bool _ownsServers;

    private GraphUnderTest(GraphServers servers, bool ownsServers, GraphNode graph, GraphDialect dialect, TimeProvider time, Func<RouteOptions, RouteOptions>? change)
    {
        (_servers, _ownsServers, Graph, Dialect) = (servers, ownsServers, servers.Place(graph), dialect);
        var route = new RouteOptions
        {
            Name = "default",
            Protocol = dialect.Protocol,
            Transport = dialect.Transport,
            Graph = Graph,
            Model = new ModelSelector(graph.Name),
            Limits = new CallLimits(TimeSpan.FromHours(1), 1 << 20),
        };
        Engine = InferenceEngine.Create(new EngineOptions { Routes = [change?.Invoke(route) ?? route] }, Logs, time);
        var nodes = Graph.All.ToList();
        Nodes = nodes;
        _servers.Script((i, call) => (_overrides.TryGetValue(i, out var own) ? own(call) : null) ?? Usual(nodes[i], call));
    }

    public GraphNode Graph { get; }

    public IReadOnlyList<GraphNode> Nodes { get; }

    public GraphDialect Dialect { get; }

    public InferenceEngine Engine { get; }

    public CapturedLogs Logs { get; } = new();

    public static async Task<GraphUnderTest> StartAsync(GraphNode graph, GraphDialect dialect, TimeProvider? time = null, Func<RouteOptions, RouteOptions>? change = null) =>
        new(await GraphServers.StartAsync(graph.All.Count()), true, graph, dialect, time ?? TimeProvider.System, change);

    public static GraphUnderTest On(
        GraphServers servers, GraphNode graph, GraphDialect dialect, TimeProvider? time = null, Func<RouteOptions, RouteOptions>? change = null) =>
        new(servers, false, graph, dialect, time ?? TimeProvider.System, change);

    /// <summary>The server of a node.</summary>
    public ScriptedModel Server(string node) => _servers[IndexOf(node)];

    /// <summary>What a node does instead of the usual; null for the usual.</summary>
    public void Let(string node, Func<Call, Reaction?> react) => _overrides[IndexOf(node)] = react;

    /// <summary>Hands a record to the engine; the task ends when its outcome is decided or the test is over.</summary>
    public Task<Outcome> Infer(Record record)
    {
        var outcome = Engine.InferAsync(record, _stopping.Token).AsTask();
        _started.Add(outcome);
        return outcome;
    }

    public Task<Outcome> Infer(string text, long offset = 0) => Infer(Dialect.Record(text, offset));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_started).WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        await Engine.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        if (_ownsServers) await _servers.DisposeAsync();
        _stopping.Dispose();
    }

    private int IndexOf(string node) => Nodes.Select((n, i) => (n.Name, i)).Single(n => n.Name == node).i;

    private Reaction Usual(GraphNode node, Call call)
    {
        var asked = GraphDialect.Asks(call);
        if (asked == NodeMethods.Aggregate) return Dialect.Answer(GraphOracle.Aggregate(node.Name, Dialect.ReadList(call)));
        var text = Dialect.Read(call, node.Name);
        if (asked == NodeMethods.Route) return Dialect.Route(GraphOracle.Route(node, text));
        return Dialect.Answer(GraphOracle.Pass(node, text, asked, Dialect.Protocol == "seldon"));
    }
}
