using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Header = Seldon.Functions.Records.Header;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>deliveries BROKERS [records]</c>: exactly-once delivery beside acknowledged delivery, one after the other in each round, against a real Kafka, with a model
/// that takes 0 to 20 ms.
/// </summary>
internal static class Deliveries
{
    private const int Concurrency = 64;
    public const int Partitions = 4;
    private const int Rounds = 5;
    public static readonly string[] Both = ["acknowledged", "exactly-once"];

    public static async Task<int> RunAsync(string[] args)
    {
        var records = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000;
        Console.WriteLine($"{records} records, {Concurrency} in flight, {Partitions} partitions, a model of 0 to 20 ms, medians of {Rounds} rounds after one to warm up");
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        var requests = Throughput.Requests(Transport.Rest, records);
        var rates = Both.ToDictionary(d => d, _ => new List<double>());
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var delivery in Both)
            {
                var rate = records / await RunAsync(args[0], delivery, model, requests).ConfigureAwait(false);
                if (round > 0) rates[delivery].Add(rate);
            }
        }
        var medians = Both.Select(d => Throughput.Median(rates[d])).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"acknowledged {medians[0]:0} records/s, exactly-once {medians[1]:0} records/s, ratio {medians[1] / medians[0]:0.00}"));
        return 0;
    }

    private static async Task<double> RunAsync(string brokers, string delivery, EmbeddedModel model, List<(byte[] Value, Header Type)> requests)
    {
        var configuration = await PrepareAsync(brokers, delivery, model).ConfigureAwait(false);
        var kafka = ProcessorSettings.Read(configuration).Kafka;
        await PlainProducer.ProduceAsync(kafka, requests.Select((r, i) => new ProducerRecord(kafka.InputTopics[0], i, null, r.Value, [r.Type])).ToAsyncEnumerable()).ConfigureAwait(false);
        return await Throughput.RunStandaloneAsync(configuration, requests.Count).ConfigureAwait(false);
    }

    /// <summary>New topics, and the settings for them.</summary>
    public static async Task<IConfiguration> PrepareAsync(string brokers, string delivery, EmbeddedModel model)
    {
        var name = $"bench-{Guid.NewGuid():N}";
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = brokers }).Build())
        {
            await admin.CreateTopicsAsync(new[] { name, $"{name}.out", $"{name}.out.errors" }
                .Select(t => new TopicSpecification { Name = t, NumPartitions = Partitions, ReplicationFactor = -1 })).ConfigureAwait(false);
        }
        return new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = brokers,
            ["KAFKA_INPUT_TOPIC"] = name,
            ["KAFKA_OUTPUT_TOPIC"] = $"{name}.out",
            ["KAFKA_DELIVERY"] = delivery,
            ["KAFKA_WORKERS"] = $"{Concurrency}",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["SELDON_TRANSPORT"] = "rest",
            ["MODEL_NAME"] = FlowerModel.Name,
            ["MODEL_REST_URL"] = $"{model.RestUrl}",
        }).Build();
    }
}
