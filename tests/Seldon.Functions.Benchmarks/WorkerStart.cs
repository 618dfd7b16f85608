using System.Globalization;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>start [assembly]</c>: from the start of the app's worker process to its function being loaded, and to the end of its first invocation,
/// of one record. The assembly is that of another build of the app, such as one that is compiled ahead.
/// </summary>
internal static class WorkerStart
{
    private const int Rounds = 9;

    public static async Task<int> RunAsync(string[] args)
    {
        var assembly = args.Length > 0 ? Path.GetFullPath(args[0]) : AppUnderTest.Assembly;
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        using var broker = EmbeddedBroker.Start();
        foreach (var topic in new[] { "in", "out", "out.errors" }) broker.CreateTopic(topic, 1);
        var settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = broker.BootstrapServers,
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["MODEL_NAME"] = "flowers",
            ["MODEL_REST_URL"] = $"{model.RestUrl}",
        };
        var record = new KafkaRecord { Topic = "in", Value = Encoding.UTF8.GetBytes("""{"instances":[[5.1,3.5,1.4,0.2]]}"""), Headers = [] };
        List<double> loaded = [], answered = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var start = TimeProvider.System.GetTimestamp();
            await using var app = await FunctionsHost.StartAsync(settings, NullLoggerFactory.Instance, assembly).ConfigureAwait(false);
            await app.BindingsAsync().ConfigureAwait(false);
            var load = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
            await app.InvokeAsync([record], CancellationToken.None).ConfigureAwait(false);
            if (round == 0) continue;
            loaded.Add(load);
            answered.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"medians of {Rounds} after one to warm up: the function is loaded after {Throughput.Median(loaded):0} ms, its first record is acknowledged after {Throughput.Median(answered):0} ms"));
        return 0;
    }
}
