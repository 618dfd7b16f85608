using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>A broker with three topics, a scripted model, and the settings with which a host works between them.</summary>
internal sealed class TestBed : IAsyncDisposable
{
    public const string Input = "in";
    public const string Output = "out";
    public const string Errors = "out.errors";
    public const string Group = "group";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<RunningHost> _hosts = [];
    private readonly Dictionary<string, string?> _settings;

    private readonly IConsumer<byte[], byte[]> _administrator;
    private readonly int _partitions;

    private TestBed(EmbeddedBroker broker, ScriptedModel model, int partitions)
    {
        (Broker, Model, _partitions) = (broker, model, partitions);
        _administrator = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = broker.BootstrapServers, GroupId = Group, EnableAutoCommit = false })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = broker.BootstrapServers,
            ["KAFKA_INPUT_TOPIC"] = Input,
            ["KAFKA_OUTPUT_TOPIC"] = Output,
            ["KAFKA_CONSUMER_GROUP"] = Group,
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            // The mock broker does not wake a waiting fetch when records come.
            ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["SELDON_TRANSPORT"] = "auto",
            ["MODEL_NAME"] = "m",
            ["MODEL_REST_URL"] = model.RestUrl,
            ["MODEL_GRPC_URL"] = model.GrpcUrl,
        };
    }

    public EmbeddedBroker Broker { get; }

    public ScriptedModel Model { get; }

    public static async Task<TestBed> CreateAsync(int inputs = 4, int outputs = 3, int errors = 2)
    {
        var broker = EmbeddedBroker.Start();
        broker.CreateTopic(Input, inputs);
        broker.CreateTopic(Output, outputs);
        broker.CreateTopic(Errors, errors);
        return new TestBed(broker, await ScriptedModel.StartAsync(), inputs);
    }

    /// <summary>The settings of a host here, with these instead or besides; null removes one.</summary>
    public Dictionary<string, string?> SettingsWith(params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>(_settings);
        foreach (var (name, value) in settings) all[name] = value;
        return all;
    }

    /// <summary>Starts a host with these settings instead or besides.</summary>
    public RunningHost Start(params (string Name, string? Value)[] settings)
    {
        var host = new RunningHost(ReadSettings(settings));
        _hosts.Add(host);
        return host;
    }

    /// <summary>Reads what comes out.</summary>
    public Published Read() => new(ReadSettings().Kafka);

    /// <summary>Puts the records on the input topic.</summary>
    public async Task ProduceAsync(IEnumerable<Input> inputs, string topic = Input)
    {
        var config = new ProducerConfig { BootstrapServers = Broker.BootstrapServers, EnableIdempotence = true, MessageMaxBytes = 10_000_000 };
        using var producer = new ProducerBuilder<byte[], byte[]>(config).Build();
        await Task.WhenAll(inputs.Select(input =>
        {
            var headers = new Headers();
            foreach (var header in input.Headers) headers.Add(header.Name, header.Value);
            return producer.ProduceAsync(
                new TopicPartition(topic, input.Partition), new Message<byte[], byte[]> { Key = input.Key!, Value = input.Value!, Headers = headers });
        }));
    }

    /// <summary>The committed offset of each partition of the input topic; 0 where there is none.</summary>
    public IReadOnlyList<long> Committed() =>
        [.. _administrator.Committed(Enumerable.Range(0, _partitions).Select(p => new TopicPartition(Input, p)), Patience)
            .OrderBy(c => c.Partition.Value).Select(c => c.Offset.IsSpecial ? 0 : c.Offset.Value)];

    /// <summary>Commits an offset in the host's name, as an administrator would.</summary>
    public void Commit(int partition, long offset) => _administrator.Commit([new TopicPartitionOffset(Input, partition, offset)]);

    /// <summary>Earliest and next offset of an input partition.</summary>
    public WatermarkOffsets Watermarks(int partition) => _administrator.QueryWatermarkOffsets(new TopicPartition(Input, partition), Patience);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        await Model.DisposeAsync();
        _administrator.Dispose();
        Broker.Dispose();
    }

    /// <summary>The settings of a host here, with these instead or besides, read.</summary>
    public ProcessorSettings ReadSettings(params (string Name, string? Value)[] settings)
    {
        var read = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(SettingsWith(settings)).Build());
        Assert.Empty(read.Problems);
        return read;
    }
}
