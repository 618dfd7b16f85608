using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Options;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>Says in the log what is effective, once, and every minute how it goes. A minute in which nothing happens and nothing waits is said once.</summary>
internal sealed class ProgressLog(ProcessorSettings settings, StreamStatus status, InferenceEngine engine, ILoggerFactory loggers, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ILogger _logger = loggers.CreateLogger("Seldon.Functions");
    private long _answered;
    private long _rejected;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        SaySettings();
        using var counts = new MeterListener();
        counts.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument == Instruments.Records) listener.EnableMeasurementEvents(instrument);
        };
        counts.SetMeasurementEventCallback<long>(Count);
        counts.Start();
        using var timer = new PeriodicTimer(Interval, time);
        for (var wasQuiet = false; await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);)
        {
            var (answered, rejected) = (Interlocked.Exchange(ref _answered, 0), Interlocked.Exchange(ref _rejected, 0));
            var (lag, inFlight) = (status.Lanes.Sum(l => status.LagOf(l.Key, l.Value) ?? 0), status.Records);
            var isQuiet = answered + rejected + lag + inFlight == 0;
            if (!isQuiet || !wasQuiet) Log.Progress(_logger, answered, rejected, lag, inFlight, engine.IsHolding ? ", records wait for a model" : "");
            wasQuiet = isQuiet;
        }
    }

    private void SaySettings()
    {
        var kafka = settings.Kafka;
        Log.Effective(
            _logger, ProgramVersion.Text, kafka.Transactions is null ? "acknowledged" : "exactly-once", kafka.Broker, kafka.WindowRecords, kafka.WindowBytes >> 20);
        foreach (var route in settings.Engine.Routes)
        {
            Log.EffectiveRoute(
                _logger, route.Name, route.Protocol, string.Join(", ", AddressesOf(route)), route.Workers is { } workers ? $"{workers}" : "as many as it finds best",
                route.Batch.MaxRows > 1 ? $"up to {route.Batch.MaxRows} rows a call" : "one record a call", route.Limits.Timeout.TotalSeconds);
        }
    }

    private static IEnumerable<string> AddressesOf(RouteOptions route) =>
        (route.Graph?.All.SelectMany(n => new[] { n.RestUrl, n.GrpcUrl }) ?? [route.RestUrl, route.GrpcUrl])
        .OfType<Uri>().Select(u => u.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped));

    private void Count(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == AttributeNames.Outcome) Interlocked.Add(ref (string?)tag.Value == "answered" ? ref _answered : ref _rejected, count);
        }
    }
}
