using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>Scripted model servers for the nodes of graphs, each with ports of its own; started once, for as many graphs as a test has.</summary>
internal sealed class GraphServers : IAsyncDisposable
{
    private readonly List<ScriptedModel> _servers = [];

    /// <param name="count">How many nodes there can be.</param>
    public static async Task<GraphServers> StartAsync(int count)
    {
        var servers = new GraphServers();
        for (var i = 0; i < count; i++) servers._servers.Add(await ScriptedModel.StartAsync());
        return servers;
    }

    /// <summary>The server of the node that has this number in its graph.</summary>
    public ScriptedModel this[int index] => _servers[index];

    /// <summary>The graph with the addresses of the servers; its nodes are numbered from the root downwards, each before its children.</summary>
    public GraphNode Place(GraphNode graph)
    {
        var next = 0;
        return PlaceOne(graph);

        GraphNode PlaceOne(GraphNode node)
        {
            var server = _servers[next++];
            return node with { RestUrl = new Uri(server.RestUrl), GrpcUrl = new Uri(server.GrpcUrl), Children = [.. node.Children.Select(PlaceOne)] };
        }
    }

    /// <summary>What all nodes do with a call, by the node's number.</summary>
    public void Script(Func<int, Call, Reaction> script)
    {
        for (var i = 0; i < _servers.Count; i++)
        {
            var index = i;
            _servers[i].Script = call => script(index, call);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
    }
}
