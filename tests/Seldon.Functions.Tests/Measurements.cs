using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Seldon.Functions.Tests;

/// <summary>What the meter says of one route, which no other test may have.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Name, string Attributes, double Value)> _all = new();
    private readonly string _route;

    public Measurements(string route)
    {
        _route = route;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Seldon.Functions") listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The attributes of all that was recorded with this instrument, the route's left out.</summary>
    public IEnumerable<string> Of(string name) => _all.Where(m => m.Name == name).Select(m => m.Attributes);

    /// <summary>What this observable instrument says now: attributes and value.</summary>
    public IReadOnlyList<(string Attributes, double Value)> Observe(string name)
    {
        _all.Clear();
        _listener.RecordObservableInstruments();
        return [.. _all.Where(m => m.Name == name).Select(m => (m.Attributes, m.Value))];
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray();
        if (!all.Any(t => t.Key == "seldon.route" && t.Value is string route && route == _route)) return;
        _all.Enqueue((instrument.Name, string.Join(' ', all.Where(t => t.Key != "seldon.route").Select(t => $"{t.Key}={t.Value}")), value));
    }
}
