using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;

namespace Seldon.Functions.KafkaTests;

/// <summary>One broker on free loopback ports, with its data in a temporary folder. It can be stopped and started again.</summary>
internal sealed class KafkaBroker : IAsyncDisposable
{
    private const int Ports = 5;

    private readonly KafkaHome _home;
    private readonly string _data = Directory.CreateTempSubdirectory("seldon-kafka-").FullName;
    private readonly int _port = FreePorts();
    private ChildProcess? _process;

    private KafkaBroker(KafkaHome home) => _home = home;

    public string Plaintext => At(0);

    public string SaslPlaintext => At(2);

    public string Ssl => At(3);

    public string SaslSsl => At(4);

    public static async Task<KafkaBroker> StartAsync(KafkaHome home)
    {
        var broker = new KafkaBroker(home);
        try
        {
            await broker.StartAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>A file of the broker's own certificate authority: ca.pem, client.pem, client.key.</summary>
    public string Tls(string file) => Path.Combine(_data, "tls", file);

    /// <summary>Starts it, on what it kept if it ran before, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        _process = ChildProcess.Start("sh", [Path.Combine(_home.Folder, "broker.sh"), _data], new Dictionary<string, string?>
        {
            ["PORT"] = _port.ToString(CultureInfo.InvariantCulture),
            ["NODES"] = "1",
            ["EXTRA"] = "auto.create.topics.enable=false",
        });
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Plaintext })
            .SetErrorHandler((_, _) => { })
            .SetLogHandler((_, _) => { })
            .Build();
        await Until.TrueAsync(() => Answers(admin), () => $"the broker answers. It printed: {string.Join(Environment.NewLine, _process.Lines.TakeLast(20))}", TimeSpan.FromSeconds(90));
    }

    /// <summary>Stops it in order; its data stay.</summary>
    public Task StopAsync() => _process!.TerminateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private bool Answers(IAdminClient admin)
    {
        if (_process!.HasExited) Assert.Fail($"The broker ended: {string.Join(Environment.NewLine, _process.Lines.TakeLast(20))}");
        try
        {
            return admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count > 0;
        }
        catch (KafkaException)
        {
            return false;
        }
    }

    private string At(int offset) => $"127.0.0.1:{(_port + offset).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The first of five free ports below those that systems give to clients.</summary>
    private static int FreePorts()
    {
        while (true)
        {
            var first = Random.Shared.Next(20_000, 32_000);
            if (Enumerable.Range(first, Ports).All(IsFree)) return first;
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
