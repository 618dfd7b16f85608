using System.Diagnostics.Metrics;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>What the processor's own meter says while it works.</summary>
internal sealed class DemoFigures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];
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

    /// <summary>Milliseconds from reading a record to its acknowledged result, at these percentiles; 0 without records.</summary>
    public double[] Percentiles(params ReadOnlySpan<double> percentiles)
    {
        double[] sorted;
        lock (_lock) sorted = [.. _milliseconds];
        Array.Sort(sorted);
        var result = new double[percentiles.Length];
        for (var i = 0; i < result.Length && sorted.Length > 0; i++)
            result[i] = sorted[(int)Math.Min(sorted.Length - 1, percentiles[i] / 100 * sorted.Length)];
        return result;
    }

    public void Dispose() => _listener.Dispose();

    private void OnCount(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument == Telemetry.RecordsRead) Interlocked.Add(ref _read, value);
        else if (instrument != Telemetry.RecordsPublished) return;
        else if (tags[0].Value is "answered") Interlocked.Add(ref _results, value);
        else Interlocked.Add(ref _deadLetters, value);
    }

    private void OnDuration(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument != Telemetry.RecordDuration) return;
        lock (_lock) _milliseconds.Add(seconds * 1000);
    }
}
