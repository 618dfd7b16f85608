using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Telemetry;
using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;
using Seldon.Functions.Standalone.StatusPage;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Benchmarks;

/// <summary>
/// What the status page costs: an answered record with all that is measured of it, without the page and with it; and, with it, one sample of the metrics,
/// which is taken once a second, and one answer of <c>/status</c>, for which an open page asks every two seconds.
/// </summary>
[MemoryDiagnoser]
public class StatusPageCost
{
    private const string Topic = "in";
    private const string Group = "group";

    private static readonly CancellationTokenSource Host = new();

    private readonly Record _record = new(Topic, 0, 0, 0, null, "{}"u8.ToArray(), [new Header("content-type", "application/json"u8.ToArray())]);
    private readonly MetricsHistory _history = NewHistory();
    private readonly StreamStatus _status = new(
        new KafkaOptions { Broker = "localhost:9092", InputTopics = [Topic], Output = new OutputTopics("out", "out.errors"), Group = Group, WindowRecords = 5000, WindowBytes = 1 << 26 }, TimeProvider.System);
    private InferenceEngine _engine = null!;
    private MeterProvider? _metrics;

    /// <summary>Whether the page is there.</summary>
    [Params(false, true)]
    public bool Page { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _engine = NewEngine();
        if (!Page) return;
        _metrics = Sdk.CreateMeterProviderBuilder().AddMeter(Instruments.Name)
            .AddReader(new PeriodicExportingMetricReader(_history, (int)MetricsHistory.Interval.TotalMilliseconds)).Build();
    }

    [GlobalCleanup]
    public void Stop() => _metrics?.Dispose();

    [Benchmark]
    public async ValueTask<OutcomeKind> Record()
    {
        RecordMeter.Read(Topic, Group);
        var outcome = await _engine.InferAsync(_record, Host.Token).ConfigureAwait(false);
        RecordMeter.Acknowledged(_record, outcome, "out", Group, TimeSpan.FromMilliseconds(5));
        return outcome.Kind;
    }

    [Benchmark]
    public bool Sample() => _metrics?.ForceFlush() ?? false;

    [Benchmark]
    public int Status() => Page ? JsonSerializer.SerializeToUtf8Bytes(StatusDocument.Of(_status, _history.Read(), DateTimeOffset.UnixEpoch, TimeProvider.System), StatusJson.Default.StatusDocument).Length : 0;

    private static MetricsHistory NewHistory() => new(TimeProvider.System);

    private static InferenceEngine NewEngine()
    {
        var endpoint = new ModelEndpoint(
            new RouteOptions { Name = "default", Model = new ModelSelector("m") }, new ReadyTransport(isAsynchronous: false), new SemaphoreSlim(64, 64), TimeProvider.System, NullLogger.Instance);
        return new InferenceEngine(
            new RouteTable([new Route { Name = "default", Model = new ModelSelector("m"), Endpoints = new Endpoints(endpoint, null) }]), NullLogger.Instance, TimeProvider.System);
    }
}
