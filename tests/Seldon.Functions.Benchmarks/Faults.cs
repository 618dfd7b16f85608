using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Kafka;
using Seldon.Functions.Records;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>faults [records]</c>: what bad records and push-back cost the others, over REST: a record that is answered 503 forever, a server that closes
/// its connection after each 500, one that takes a single call at a time. Each against the same load without the fault.
/// </summary>
internal static class Faults
{
    private const int Concurrency = 64;
    private const int Rounds = 5;

    public static async Task<int> RunAsync(string[] args)
    {
        var records = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        Console.WriteLine($"{records} records, medians of {Rounds} rounds after one to warm up");
        Console.WriteLine("| case | with the fault | without | |");
        Console.WriteLine("|---|---|---|---|");
        await OneRecordPushedBackAsync(records).ConfigureAwait(false);
        await ClosesAfterFailureAsync(records, "the connection closed without a word",
            context => context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose()).ConfigureAwait(false);
        await ClosesAfterFailureAsync(records, "the connection reset, often before the answer is read",
            context => context.Features.Get<IConnectionLifetimeFeature>()!.Abort()).ConfigureAwait(false);
        await OneAtATimeAsync(records / 4).ConfigureAwait(false);
        return 0;
    }

    /// <summary>Latency of the others, from engine to outcome, with one call every 2 ms, while one record is answered 503 until it is given up.</summary>
    private static async Task OneRecordPushedBackAsync(int records)
    {
        List<double> with = [], without = [];
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (isBad, into) in new[] { (false, without), (true, with) })
            {
                await using var server = await Server.StartAsync(async (context, body) =>
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, context.RequestAborted).ConfigureAwait(false);
                    return body.Contains("bad", StringComparison.Ordinal) ? 503 : 200;
                }).ConfigureAwait(false);
                await using var engine = server.Engine(("MODEL_GIVE_UP_AFTER", "2s"));
                var latencies = new double[records / 4];
                var bad = isBad ? engine.InferAsync(Request(-1, "bad"), CancellationToken.None).AsTask() : null;
                var calls = new List<Task>();
                using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
                for (var i = 0; i < latencies.Length && await pace.WaitForNextTickAsync().ConfigureAwait(false); i++) calls.Add(MeasureAsync(i));
                await Task.WhenAll(calls).ConfigureAwait(false);
                if (bad is not null && (await bad.ConfigureAwait(false)).Kind != OutcomeKind.Rejected) throw new InvalidOperationException("The bad record was not rejected.");
                Array.Sort(latencies);
                if (round > 0) into.Add(latencies[latencies.Length * 99 / 100]);

                async Task MeasureAsync(int number)
                {
                    var start = Stopwatch.GetTimestamp();
                    await engine.InferAsync(Request(number, "good"), CancellationToken.None).ConfigureAwait(false);
                    latencies[number] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }
            }
        }
        Console.WriteLine($"| one record is answered 503 forever: p99 of the others, ms | {Median(with):0.0} | {Median(without):0.0} | {Median(with) - Median(without):+0.0;-0.0} ms |");
    }

    private static async Task ClosesAfterFailureAsync(int records, string how, Action<HttpContext> close)
    {
        List<double> with = [], without = [];
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (closes, into) in new[] { (false, without), (true, with) })
            {
                await using var server = await Server.StartAsync(async (context, body) =>
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted).ConfigureAwait(false);
                    if (!body.Contains("bad", StringComparison.Ordinal)) return 200;
                    if (closes)
                    {
                        context.Response.OnCompleted(() =>
                        {
                            close(context);
                            return Task.CompletedTask;
                        });
                    }
                    return 500;
                }).ConfigureAwait(false);
                await using var engine = server.Engine();
                var rate = await RunAsync(engine, records, number => number % 10 == 9).ConfigureAwait(false);
                if (round > 0) into.Add(rate);
            }
        }
        Console.WriteLine($"| 20 ms a call, one record in ten is answered 500, and {how}: records/s | {Median(with):0} | {Median(without):0} (kept open) | {Median(with) / Median(without):0.00} |");
    }

    private static async Task OneAtATimeAsync(int records)
    {
        List<double> with = [], without = [];
        for (var round = 0; round <= Rounds; round++)
        {
            using var place = new SemaphoreSlim(1);
            await using var server = await Server.StartAsync(async (context, body) =>
            {
                if (!await place.WaitAsync(0).ConfigureAwait(false)) return 503;
                try
                {
                    // A millisecond of work on the processor.
                    var start = Stopwatch.GetTimestamp();
                    while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 1) Thread.SpinWait(100);
                    return 200;
                }
                finally
                {
                    place.Release();
                }
            }).ConfigureAwait(false);
            var begin = Stopwatch.GetTimestamp();
            await BareClients.RestAsync(server.Url, [.. Enumerable.Range(0, records).Select(i => Request(i, "good").Value!)], 1).ConfigureAwait(false);
            var plain = records / Stopwatch.GetElapsedTime(begin).TotalSeconds;
            await using var engine = server.Engine();
            var ours = await RunAsync(engine, records, _ => false).ConfigureAwait(false);
            if (round == 0) continue;
            with.Add(ours);
            without.Add(plain);
        }
        Console.WriteLine($"| the server takes one call at a time, and answers 503 to others: records/s | {Median(with):0} | {Median(without):0} (a plain client, one call at a time) | {Median(with) / Median(without):0.00} |");
    }

    /// <summary>Records per second, with a window of 1,000.</summary>
    private static async Task<double> RunAsync(InferenceEngine engine, int records, Func<int, bool> isBad)
    {
        using var window = new SemaphoreSlim(1000);
        var start = Stopwatch.GetTimestamp();
        var outcomes = new List<Task>(records);
        for (var i = 0; i < records; i++)
        {
            await window.WaitAsync().ConfigureAwait(false);
            outcomes.Add(OneAsync(i));
        }
        await Task.WhenAll(outcomes).ConfigureAwait(false);
        return records / Stopwatch.GetElapsedTime(start).TotalSeconds;

        async Task OneAsync(int number)
        {
            var outcome = await engine.InferAsync(Request(number, isBad(number) ? "bad" : "good"), CancellationToken.None).ConfigureAwait(false);
            window.Release();
            if (outcome.Kind != (isBad(number) ? OutcomeKind.Rejected : OutcomeKind.Answered)) throw new InvalidOperationException($"Record {number} is {outcome.Kind}.");
        }
    }

    private static Record Request(int number, string text) =>
        new("in", 0, number, 0, null, System.Text.Encoding.UTF8.GetBytes($$"""{"instances":["{{text}}"]}"""), []);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>A REST model server of the protocol <c>tensorflow</c> that answers each call with a given status.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Server(WebApplication app) => _app = app;

        public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        public static async Task<Server> StartAsync(Func<HttpContext, string, Task<int>> answer)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            app.Run(async context =>
            {
                if (HttpMethods.IsGet(context.Request.Method))
                {
                    await context.Response.WriteAsync("{}").ConfigureAwait(false);
                    return;
                }
                using var reader = new StreamReader(context.Request.Body);
                context.Response.StatusCode = await answer(context, await reader.ReadToEndAsync().ConfigureAwait(false)).ConfigureAwait(false);
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("{\"predictions\":[1]}").ConfigureAwait(false);
            });
            await app.StartAsync().ConfigureAwait(false);
            return new Server(app);
        }

        public InferenceEngine Engine(params (string Name, string Value)[] settings)
        {
            var all = new Dictionary<string, string?>
            {
                ["KAFKA_BROKER"] = "localhost:9092",
                ["KAFKA_INPUT_TOPIC"] = "in",
                ["KAFKA_OUTPUT_TOPIC"] = "out",
                ["KAFKA_WORKERS"] = $"{Concurrency}",
                ["SELDON_PROTOCOL"] = "tensorflow",
                ["MODEL_NAME"] = "flowers",
                ["MODEL_REST_URL"] = Url.ToString(),
            };
            foreach (var (name, value) in settings) all[name] = value;
            return InferenceEngine.Create(ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build()).Engine, NullLoggerFactory.Instance, TimeProvider.System);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
