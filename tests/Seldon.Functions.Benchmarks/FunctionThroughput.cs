using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.Demo;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>function [records]</c>: the app's function, which the trigger loop gives batches of 1,000 records, against the standalone host, in
/// one process, with the same engine, model server and records. Prints records per second of both, and the ratio.
/// </summary>
internal static class FunctionThroughput
{
    private const int Rounds = 9;

    public static async Task<int> RunAsync(string[] args)
    {
        var records = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        Console.WriteLine($"{records} records, batches of 1000, medians of {Rounds} rounds after one to warm up");
        Console.WriteLine("| model latency | transport | standalone, records/s | function, records/s | ratio | CPU µs/record standalone | CPU µs/record function |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        await Throughput.ForEachModelAsync((model, transport, name) => CompareAsync(model, transport, name, records)).ConfigureAwait(false);
        return 0;
    }

    private static async Task CompareAsync(EmbeddedModel model, Transport transport, string name, int records)
    {
        var requests = Throughput.Requests(transport, records);
        List<double> standalone = [], function = [], ratios = [], standaloneCpu = [], functionCpu = [];
        for (var round = 0; round <= Rounds; round++)
        {
            var (ours, oursCpu) = await Throughput.KafkaToKafkaAsync(model, transport, requests, Throughput.RunStandaloneAsync).ConfigureAwait(false);
            var (app, appCpu) = await Throughput.KafkaToKafkaAsync(model, transport, requests, RunFunctionAsync).ConfigureAwait(false);
            if (round == 0) continue;
            standalone.Add(ours);
            function.Add(app);
            // Back to back: what else the machine does falls on both.
            ratios.Add(app / ours);
            standaloneCpu.Add(oursCpu);
            functionCpu.Add(appCpu);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Throughput.Median(standalone):0} | {Throughput.Median(function):0} | {Throughput.Median(ratios):0.00} | {Throughput.Median(standaloneCpu):0} | {Throughput.Median(functionCpu):0} |"));
    }

    private static async Task RunFunctionAsync(IConfiguration configuration, CancellationToken stop)
    {
        await using var app = new AppInstance(configuration, NullLoggerFactory.Instance);
        await using var loop = new KafkaTriggerLoop(new TriggerOptions(configuration), app.Function.RunAsync);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
