using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// <c>auto [rounds]</c>: <c>KAFKA_WORKERS=auto</c> against each fixed number of calls in flight, on servers of different kinds, with more records waiting than any
/// number of calls takes. Prints records per second, and how many calls were refused.
/// </summary>
internal static class Auto
{
    /// <summary>Enough for the largest calls of the highest numbers, and few enough to be answered soon when the time is over.</summary>
    private const int Waiting = 2000;
    private const int WaitingSingle = 300;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1.5);
    private static readonly int[] Numbers = [1, 2, 4, 8, 16, 32, 64, 128];

    public static async Task<int> RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        Console.WriteLine($"{WaitingSingle} records at a time, {Waiting} where they share calls; medians of {rounds} rounds; auto after {WarmUp.TotalSeconds:0} s");
        Console.WriteLine($"| server | {string.Join(" | ", Numbers)} | auto, records/s | of the best | calls found | refused |");
        Console.WriteLine($"|---|{string.Concat(Enumerable.Repeat("---|", Numbers.Length + 4))}");
        foreach (var rows in new[] { 32, 1 })
        {
            await using var core = await EmbeddedModel.StartAsync(
                TimeSpan.Zero, TimeProvider.System, CancellationToken.None, new ModelCost(TimeSpan.FromMilliseconds(2), TimeSpan.FromMicroseconds(20))).ConfigureAwait(false);
            await CompareAsync($"one core, 2 ms a call + 20 µs a row, at most {rows} a call", core.RestUrl, rows, rounds, null).ConfigureAwait(false);
        }
        foreach (var most in new[] { int.MaxValue, 16 })
        {
            await using var sleeping = await SleepingServer.StartAsync(parallel: 64, most).ConfigureAwait(false);
            var name = most == int.MaxValue ? "8 ms, 64 at once" : "8 ms, 503 above 16 in flight";
            await CompareAsync(name, sleeping.Url, 1, rounds, sleeping).ConfigureAwait(false);
        }
        return 0;
    }

    private static async Task CompareAsync(string name, Uri url, int rows, int rounds, SleepingServer? server)
    {
        var requests = Throughput.Requests(Transport.Rest, 1000);
        // What is measured one after the other has the same of the machine: pairs are compared.
        List<(double Fixed, double Found)>[] perSecond = [.. Numbers.Select(_ => new List<(double, double)>())];
        await using var auto = new Load(url, "auto", rows, requests);
        await auto.MeasureAsync(WarmUp).ConfigureAwait(false);
        var (calls, refused) = (0L, 0L);
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < Numbers.Length; i++)
            {
                await using var load = new Load(url, $"{Numbers[i]}", rows, requests);
                var number = await load.MeasureAsync(Length).ConfigureAwait(false);
                var before = (server?.Calls ?? 0, server?.Refused ?? 0);
                perSecond[i].Add((number, await auto.MeasureAsync(Length).ConfigureAwait(false)));
                calls += (server?.Calls ?? 0) - before.Item1;
                refused += (server?.Refused ?? 0) - before.Item2;
            }
        }
        var numbers = perSecond.Select(p => $"{Throughput.Median([.. p.Select(r => r.Fixed)]):0}");
        var found = Throughput.Median([.. perSecond.SelectMany(p => p.Select(r => r.Found))]);
        var ratio = perSecond.Min(p => Throughput.Median([.. p.Select(r => r.Found / r.Fixed)]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {string.Join(" | ", numbers)} | {found:0} | {ratio:0.00} | {auto.Limit} | {(calls == 0 ? "" : $"{100.0 * refused / calls:0.00} %")} |"));
    }

    /// <summary>An engine with as many records waiting for it as there is time for.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly RouteTable _routes;
        private readonly InferenceEngine _engine;
        private readonly List<(byte[] Value, Header Type)> _requests;
        private readonly int _waiting;
        private int _next;

        public Load(Uri url, string workers, int rows, List<(byte[] Value, Header Type)> requests)
        {
            var settings = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["KAFKA_BROKER"] = "localhost:9092",
                ["KAFKA_INPUT_TOPIC"] = "in",
                ["KAFKA_OUTPUT_TOPIC"] = "out",
                ["KAFKA_WORKERS"] = workers,
                ["MODEL_MAX_BATCH_ROWS"] = $"{rows}",
                ["SELDON_PROTOCOL"] = "tensorflow",
                ["MODEL_NAME"] = "flowers",
                ["MODEL_REST_URL"] = $"{url}",
            }).Build());
            if (settings.Problems.Count > 0) throw new InvalidOperationException(string.Join(' ', settings.Problems));
            _routes = Routes.Make(settings.Engine, NullLogger.Instance, TimeProvider.System);
            (_engine, _requests, _waiting) = (new InferenceEngine(_routes, NullLogger.Instance, TimeProvider.System), requests, rows > 1 ? Waiting : WaitingSingle);
        }

        public int Limit => _routes.Routes.Single().AllEndpoints.Single().Limit;

        /// <summary>Records answered per second.</summary>
        public async Task<double> MeasureAsync(TimeSpan time)
        {
            var (start, answered) = (TimeProvider.System.GetTimestamp(), 0);
            // Nothing is cancelled: the server would go on with it while the next load is measured.
            await Task.WhenAll(Enumerable.Range(0, _waiting).Select(_ => OneAfterTheOtherAsync())).ConfigureAwait(false);
            return answered / time.TotalSeconds;

            async Task OneAfterTheOtherAsync()
            {
                while (TimeProvider.System.GetElapsedTime(start) < time)
                {
                    var number = Interlocked.Increment(ref _next);
                    var (value, type) = _requests[number % _requests.Count];
                    var outcome = await _engine.InferAsync(new Record("in", 0, number, 0, null, value, [type]), CancellationToken.None).ConfigureAwait(false);
                    if (outcome.Kind != OutcomeKind.Answered) throw new InvalidOperationException($"A record is {outcome.Kind}: {outcome.Rejection?.Message}");
                    if (TimeProvider.System.GetElapsedTime(start) < time) Interlocked.Increment(ref answered);
                }
            }
        }

        public ValueTask DisposeAsync() => _engine.DisposeAsync();
    }

    /// <summary>Answers TensorFlow's REST predictions after 8 ms of sleep, so many at once, and refuses those beyond a number.</summary>
    private sealed class SleepingServer : IAsyncDisposable
    {
        private static readonly TimeSpan Sleep = TimeSpan.FromMilliseconds(8);
        private static readonly byte[] Answer = """{"predictions":[[0.1,0.2,0.7]]}"""u8.ToArray();
        private static readonly byte[] Ready = """{"model_version_status":[{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}]}"""u8.ToArray();

        private readonly WebApplication _app;
        private readonly SemaphoreSlim _places;
        private readonly int _most;
        private int _inFlight;
        private int _calls;
        private int _refused;

        private SleepingServer(WebApplication app, int parallel, int most) => (_app, _places, _most) = (app, new SemaphoreSlim(parallel), most);

        public Uri Url => new(_app.Urls.Single());

        public int Calls => Volatile.Read(ref _calls);

        public int Refused => Volatile.Read(ref _refused);

        public static async Task<SleepingServer> StartAsync(int parallel, int most)
        {
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            var server = new SleepingServer(app, parallel, most);
            app.Run(server.HandleAsync);
            await app.StartAsync().ConfigureAwait(false);
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync().ConfigureAwait(false);
            _places.Dispose();
        }

        private async Task HandleAsync(HttpContext context)
        {
            var answer = Ready;
            if (HttpMethods.IsPost(context.Request.Method))
            {
                answer = Answer;
                Interlocked.Increment(ref _calls);
                if (Interlocked.Increment(ref _inFlight) > _most)
                {
                    Interlocked.Decrement(ref _inFlight);
                    Interlocked.Increment(ref _refused);
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    return;
                }
                // To the end, also for a client that is gone.
                await _places.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                await Task.Delay(Sleep, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
                _places.Release();
                Interlocked.Decrement(ref _inFlight);
            }
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.BodyWriter.WriteAsync(answer, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
