using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>host-start PROGRAM</c>: from the start of <c>seldon-functions run</c> as a process to its first result on the topic. The broker and the model are
/// there, and the record waits. The program is that of any build.
/// </summary>
internal static class HostStart
{
    private const int Rounds = 15;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(2);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [var program]) return 2;
        await using var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
        using var broker = EmbeddedBroker.Start();
        foreach (var topic in new[] { "in", "out", "out.errors" }) broker.CreateTopic(topic, 1);
        var settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = broker.BootstrapServers,
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            // The embedded broker makes classic groups wait for a session timeout, and does not wake a fetch that waits.
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5",
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["MODEL_NAME"] = FlowerModel.Name,
            ["MODEL_REST_URL"] = $"{model.RestUrl}",
        };
        var kafka = ProcessorSettings.ReadKafka(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), out _);
        using var reader = new TopicReader(kafka, "reader", "out");
        var request = new ProducerRecord("in", 0, null, Encoding.UTF8.GetBytes("""{"instances":[[5.1,3.5,1.4,0.2]]}"""), []);
        var answered = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            await PlainProducer.ProduceAsync(kafka, new[] { request }.ToAsyncEnumerable()).ConfigureAwait(false);
            var start = TimeProvider.System.GetTimestamp();
            using var process = Start(program, settings);
            while (reader.Read(Turn) is null)
            {
                if (process.HasExited) throw new InvalidOperationException($"It has ended with {process.ExitCode}.");
            }
            if (round > 0) answered.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
            using var stop = Process.Start("kill", [process.Id.ToString(CultureInfo.InvariantCulture)]);
            await process.WaitForExitAsync().ConfigureAwait(false);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"start to first result, {Rounds} after one to warm up: median {Throughput.Median(answered):0} ms, {answered.Min():0} to {answered.Max():0}"));
        return 0;
    }

    private static Process Start(string program, Dictionary<string, string?> settings)
    {
        var start = new ProcessStartInfo(program, ["run"]) { RedirectStandardOutput = true };
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }
}
