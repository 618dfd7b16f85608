using System.Diagnostics.Metrics;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Options;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Demo.Report;

/// <summary>How long the model calls take, as the processor's own meter says.</summary>
internal sealed class DemoFigures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Route, Transport Transport), List<double>> _calls = [];

    public DemoFigures()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == Instruments.Meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(OnCall);
        _listener.Start();
    }

    /// <summary>Milliseconds of the calls in these dialects; 0 while there are none. A route of the demo is named for its protocol.</summary>
    public double[] CallPercentiles(IEnumerable<Dialect> dialects, params ReadOnlySpan<double> percentiles)
    {
        double[] sorted;
        lock (_lock) sorted = [.. dialects.SelectMany(d => _calls.GetValueOrDefault((d.Protocol, d.Transport)) ?? [])];
        Array.Sort(sorted);
        var result = new double[percentiles.Length];
        for (var i = 0; i < result.Length && sorted.Length > 0; i++)
            result[i] = sorted[(int)Math.Min(sorted.Length - 1, percentiles[i] / 100 * sorted.Length)];
        return result;
    }

    public void Dispose() => _listener.Dispose();

    private void OnCall(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument != Instruments.HttpDuration && instrument != Instruments.RpcDuration) return;
        var route = "";
        foreach (var (name, value) in tags)
        {
            if (name == AttributeNames.Route) route = value as string ?? "";
        }
        var call = (route, instrument == Instruments.RpcDuration ? Transport.Grpc : Transport.Rest);
        lock (_lock)
        {
            if (!_calls.TryGetValue(call, out var durations)) _calls[call] = durations = [];
            durations.Add(seconds * 1000);
        }
    }
}
