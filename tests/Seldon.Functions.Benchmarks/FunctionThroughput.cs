using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>function [records] [rounds]</c>: the app's worker process, which the trigger loop gives batches of 1,000 records, against the standalone
/// host, which has no process of its own here, with the same engine, model server and records. Prints records per second of both, and the ratio.
/// </summary>
internal static class FunctionThroughput
{
    private const int WarmBatches = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var records = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 9;
        Console.WriteLine($"{records} records, batches of 1000, medians of {rounds} rounds after one to warm up");
        Console.WriteLine("| model latency | transport | standalone, records/s | function, records/s | ratio |");
        Console.WriteLine("|---|---|---|---|---|");
        await Throughput.ForEachModelAsync((model, transport, name) => CompareAsync(model, transport, name, records, rounds)).ConfigureAwait(false);
        return 0;
    }

    private static async Task CompareAsync(EmbeddedModel model, Transport transport, string name, int records, int rounds)
    {
        var requests = Throughput.Requests(transport, records);
        List<double> standalone = [], function = [], ratios = [];
        for (var round = 0; round <= rounds; round++)
        {
            var (ours, _) = await Throughput.KafkaToKafkaAsync(model, transport, requests, Throughput.RunStandaloneAsync).ConfigureAwait(false);
            var (app, _) = await Throughput.KafkaToKafkaAsync(model, transport, requests, (configuration, _) => RunFunctionAsync(configuration, requests)).ConfigureAwait(false);
            if (round == 0) continue;
            standalone.Add(ours);
            function.Add(app);
            // Back to back: what else the machine does falls on both.
            ratios.Add(app / ours);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Throughput.Median(standalone):0} | {Throughput.Median(function):0} | {Throughput.Median(ratios):0.00} |"));
    }

    /// <summary>Seconds from the first batch's begin to the last one's end, by a worker that has run before.</summary>
    private static async Task<double> RunFunctionAsync(IConfiguration configuration, List<(byte[] Value, Header Type)> requests)
    {
        await using var app = await FunctionsHost.StartAsync(configuration.AsEnumerable().ToDictionary(s => s.Key, s => s.Value), NullLoggerFactory.Instance).ConfigureAwait(false);
        // The standalone host's code has run here in the rounds before; this process has just been started.
        var warm = Warm(requests);
        for (var batch = 0; batch < WarmBatches; batch++) await app.InvokeAsync(warm, CancellationToken.None).ConfigureAwait(false);
        var (start, left, ended) = (0L, requests.Count, new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var loop = new KafkaTriggerLoop(new TriggerOptions(configuration), app.InvokeAsync, invocation =>
        {
            if (start == 0) start = TimeProvider.System.GetTimestamp();
            if (invocation.HasSucceeded == true && (left -= invocation.Records.Length) == 0) ended.SetResult(TimeProvider.System.GetElapsedTime(start).TotalSeconds);
        });
        return await ended.Task.WaitAsync(TimeSpan.FromMinutes(5)).ConfigureAwait(false);
    }

    private static KafkaRecord[] Warm(List<(byte[] Value, Header Type)> requests) => [.. requests.Take(1_000).Select((request, i) => new KafkaRecord
    {
        Topic = "in",
        Offset = i,
        Value = request.Value,
        Headers = [new KafkaHeader { Key = request.Type.Name, Value = request.Type.Value! }],
    })];
}
