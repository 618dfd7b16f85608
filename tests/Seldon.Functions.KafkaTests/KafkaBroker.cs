using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;

namespace Seldon.Functions.KafkaTests;

/// <summary>
/// A broker, or a cluster of three, on free loopback ports, with the data in a temporary folder. It can be stopped and started again.
/// </summary>
internal sealed class KafkaBroker : IAsyncDisposable
{
    /// <summary>Between the first ports of two nodes, each of which takes five.</summary>
    private const int Step = 10;

    private const int MostTries = 3;

    private readonly KafkaHome _home;
    private readonly string _settings;
    private readonly HostProcess?[] _nodes;
    private readonly string _data = Directory.CreateTempSubdirectory("seldon-kafka-").FullName;
    private readonly int _port;

    private KafkaBroker(KafkaHome home, int nodes, string settings)
    {
        (_home, _settings, _nodes) = (home, settings, new HostProcess?[nodes]);
        _port = FreePorts(nodes * Step);
    }

    public string Plaintext => string.Join(',', _nodes.Select((_, node) => At(node * Step)));

    public string SaslPlaintext => At(2);

    public string Ssl => At(3);

    public string SaslSsl => At(4);

    /// <param name="nodes">1 or 3.</param>
    /// <param name="settings">Further server properties, with a space between two.</param>
    public static async Task<KafkaBroker> StartAsync(KafkaHome home, int nodes = 1, string settings = "")
    {
        for (var tries = 1; ; tries++)
        {
            var broker = new KafkaBroker(home, nodes, settings);
            try
            {
                await broker.StartAsync();
                return broker;
            }
            catch (Exception failure)
            {
                await broker.DisposeAsync();
                // A port that was free when it was chosen may not be any more.
                if (tries == MostTries || !failure.Message.Contains("Address already in use", StringComparison.Ordinal)) throw;
            }
        }
    }

    /// <summary>A file of the broker's own certificate authority: ca.pem, client.pem, client.key.</summary>
    public string Tls(string file) => Path.Combine(_data, "tls", file);

    /// <summary>Starts what does not run, on what it kept if it ran before, and waits until all nodes answer.</summary>
    public async Task StartAsync()
    {
        for (var node = 0; node < _nodes.Length; node++)
        {
            if (_nodes[node] is { HasExited: false }) continue;
            // The first one makes the certificates for all.
            if (node > 0) await Until.True(() => File.Exists(Tls("ready")), () => "the certificates are there");
            _nodes[node] = StartNode(node);
        }
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Plaintext })
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();
        await Until.True(() => Answers(admin), () => $"the broker answers. It printed: {Printed()}", TimeSpan.FromSeconds(90));
    }

    /// <summary>Stops it in order; its data stay.</summary>
    public Task StopAsync() => Task.WhenAll(_nodes.Select(node => node!.TerminateAsync()));

    /// <summary>SIGKILL; its data stay.</summary>
    /// <param name="id">The node's, from 1.</param>
    public async Task KillAsync(int id = 1)
    {
        _nodes[id - 1]!.Kill();
        await _nodes[id - 1]!.ExitCodeAsync();
    }

    /// <summary>SIGSTOP: its connections stay open, and nothing answers.</summary>
    public void Freeze() => _nodes[0]!.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => _nodes[0]!.Thaw();

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            if (node is not null) await node.DisposeAsync();
        }
        Directory.Delete(_data, recursive: true);
    }

    private HostProcess StartNode(int node) => HostProcess.Start(
        "sh",
        [Path.Combine(_home.Folder, "broker.sh"), _data, (node + 1).ToString(CultureInfo.InvariantCulture)],
        new Dictionary<string, string?>
        {
            ["PORT"] = _port.ToString(CultureInfo.InvariantCulture),
            ["NODES"] = _nodes.Length.ToString(CultureInfo.InvariantCulture),
            ["EXTRA"] = $"auto.create.topics.enable=false {_settings}",
        });

    private bool Answers(IAdminClient admin)
    {
        if (_nodes.Any(node => node!.HasExited)) Assert.Fail($"The broker ended: {Printed()}");
        try
        {
            return admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count == _nodes.Length;
        }
        catch (KafkaException)
        {
            return false;
        }
    }

    private string Printed() => string.Join(Environment.NewLine, _nodes.SelectMany(node => node?.Lines.TakeLast(20) ?? []));

    private string At(int offset) => $"127.0.0.1:{(_port + offset).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The first of some free ports below those that systems give to clients.</summary>
    private static int FreePorts(int count)
    {
        while (true)
        {
            var first = Random.Shared.Next(20_000, 32_000);
            if (Enumerable.Range(first, count).All(IsFree)) return first;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
