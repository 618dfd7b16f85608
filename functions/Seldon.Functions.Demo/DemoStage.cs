using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Options;

namespace Seldon.Functions.Demo;

/// <summary>What the demo's processor works between: a broker with a topic for each protocol's requests and two for what comes out, and a model server.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    private const int ErrorPartitions = 2;

    /// <summary>The embedded broker keeps 5 MiB a partition: this many records stay well below.</summary>
    private const int RecordsPerPartition = 4000;

    private static readonly TimeSpan MaxLatency = TimeSpan.FromMilliseconds(20);

    private readonly IReadOnlyList<Dialect> _dialects;
    private readonly TimeProvider _time;
    private readonly EmbeddedBroker _broker;

    private DemoStage(IReadOnlyList<Dialect> dialects, int records, TimeProvider time, EmbeddedBroker broker, EmbeddedModel model)
    {
        (_dialects, _time, _broker, Model) = (dialects, time, broker, model);
        // All results go to one topic, with fewer partitions than a topic of requests has, so that order is really tried.
        var partitions = Math.Max(4, (records + RecordsPerPartition - 1) / RecordsPerPartition + 1);
        Inputs = [.. dialects.Select(d => DemoTopics.Of(d.Protocol)).Distinct()];
        foreach (var input in Inputs) broker.CreateTopic(input, partitions);
        broker.CreateTopic(DemoTopics.Results, partitions - 1);
        broker.CreateTopic(DemoTopics.Errors, ErrorPartitions);
        // The embedded broker creates no topics for a client.
        broker.CreateTopic(RedriveMarks.TopicOf(DemoTopics.Errors), RedriveMarks.Partitions);
        Topics = $"{string.Join(", ", Inputs)} ({partitions} partitions) -> {DemoTopics.Results} ({partitions - 1}), {DemoTopics.Errors} ({ErrorPartitions})";
    }

    public string BootstrapServers => _broker.BootstrapServers;

    public EmbeddedModel Model { get; private set; }

    /// <summary>The topics with requests.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>All topics, for a person.</summary>
    public string Topics { get; }

    public static async Task<DemoStage> BuildAsync(IReadOnlyList<Dialect> dialects, int records, TimeProvider time, CancellationToken stop)
    {
        var broker = EmbeddedBroker.Start();
        try
        {
            return new DemoStage(dialects, records, time, broker, await EmbeddedModel.StartAsync(MaxLatency, time, stop).ConfigureAwait(false));
        }
        catch
        {
            broker.Dispose();
            throw;
        }
    }

    /// <summary>Stops the model server: calls in flight are cut off, and its ports are closed.</summary>
    public ValueTask StopModelAsync() => Model.DisposeAsync();

    /// <summary>Starts the model server where it was.</summary>
    public async Task StartModelAsync(CancellationToken stop) =>
        Model = await EmbeddedModel.StartAsync(MaxLatency, _time, stop, restPort: Model.RestUrl.Port, grpcPort: Model.GrpcUrl.Port).ConfigureAwait(false);

    /// <summary>One route a protocol, for both transports or for one, as the processor's settings write it.</summary>
    public IConfiguration Configuration()
    {
        var settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = BootstrapServers,
            ["KAFKA_OUTPUT_TOPIC"] = DemoTopics.Results,
            ["KAFKA_ERROR_TOPIC"] = DemoTopics.Errors,
            // The embedded broker makes classic groups wait for a session timeout at every change.
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            // It does not wake a waiting fetch when records come.
            ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5",
        };
        foreach (var (i, route) in _dialects.GroupBy(d => d.Protocol).Index())
        {
            var transport = route.Count() > 1 ? Transport.Auto : route.First().Transport;
            settings[$"Seldon:Routes:{i}:Name"] = route.Key;
            settings[$"Seldon:Routes:{i}:InputTopic"] = DemoTopics.Of(route.Key);
            settings[$"Seldon:Routes:{i}:Protocol"] = route.Key;
            settings[$"Seldon:Routes:{i}:Transport"] = Dialect.NameOf(transport);
            settings[$"Seldon:Routes:{i}:Model"] = FlowerModel.Name;
            settings[$"Seldon:Routes:{i}:RestUrl"] = Model.RestUrl.ToString();
            settings[$"Seldon:Routes:{i}:GrpcUrl"] = Model.GrpcUrl.ToString();
        }
        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync().ConfigureAwait(false);
        _broker.Dispose();
    }
}
