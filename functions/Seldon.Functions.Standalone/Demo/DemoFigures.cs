using System.Diagnostics.Metrics;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>What the processor's own meter says while it works.</summary>
internal sealed class DemoFigures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<double> _records = [];
    private readonly List<double> _calls = [];
    private long _read;
    private long _results;
    private long _deadLetters;

    public DemoFigures()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == Telemetry.Meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(OnCount);
        _listener.SetMeasurementEventCallback<double>(OnDuration);
        _listener.Start();
    }

    public long Read => Volatile.Read(ref _read);

    public long Results => Volatile.Read(ref _results);

    public long DeadLetters => Volatile.Read(ref _deadLetters);

    /// <summary>Milliseconds from reading a record to the acknowledgement of its result, waiting for its turn included.</summary>
    public double[] RecordPercentiles(params ReadOnlySpan<double> percentiles) => Percentiles(_records, percentiles);

    /// <summary>Milliseconds of the calls to the model.</summary>
    public double[] CallPercentiles(params ReadOnlySpan<double> percentiles) => Percentiles(_calls, percentiles);

    public void Dispose() => _listener.Dispose();

    private void OnCount(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument == Telemetry.Consumed) Interlocked.Add(ref _read, value);
        else if (instrument != Telemetry.Records) return;
        else if (tags[1].Value is "answered") Interlocked.Add(ref _results, value);
        else Interlocked.Add(ref _deadLetters, value);
    }

    private void OnDuration(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_lock)
        {
            if (instrument == Telemetry.ProcessDuration) _records.Add(seconds * 1000);
            else if (instrument == Telemetry.HttpDuration || instrument == Telemetry.RpcDuration) _calls.Add(seconds * 1000);
        }
    }

    private double[] Percentiles(List<double> milliseconds, ReadOnlySpan<double> percentiles)
    {
        double[] sorted;
        lock (_lock) sorted = [.. milliseconds];
        Array.Sort(sorted);
        var result = new double[percentiles.Length];
        for (var i = 0; i < result.Length && sorted.Length > 0; i++)
            result[i] = sorted[(int)Math.Min(sorted.Length - 1, percentiles[i] / 100 * sorted.Length)];
        return result;
    }
}
