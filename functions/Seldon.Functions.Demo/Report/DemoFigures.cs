using System.Diagnostics.Metrics;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Demo.Report;

/// <summary>How long the model calls take, and whether records are held, as the processor's own meter says.</summary>
internal sealed class DemoFigures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Route, Transport Transport), List<double>> _calls = [];
    private readonly Dictionary<(string Route, Transport Transport), DemoGate> _gates = [];

    public DemoFigures()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == Instruments.Meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(OnCall);
        _listener.SetMeasurementEventCallback<int>(OnGate);
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

    /// <summary>Forgets all calls.</summary>
    public void Clear()
    {
        lock (_lock) _calls.Clear();
    }

    /// <summary>How many endpoints hold their records now.</summary>
    public int HeldEndpoints()
    {
        _listener.RecordObservableInstruments();
        lock (_lock) return _gates.Count(g => g.Value == DemoGate.Held);
    }

    /// <summary>Whether any of these dialects is held, or has been, as far as <see cref="HeldEndpoints"/> has seen it.</summary>
    public DemoGate GateOf(IEnumerable<Dialect> dialects)
    {
        lock (_lock) return dialects.Max(d => _gates.GetValueOrDefault((d.Protocol, d.Transport)));
    }

    public void Dispose() => _listener.Dispose();

    private void OnCall(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument != Instruments.HttpDuration && instrument != Instruments.RpcDuration) return;
        var call = (RouteIn(tags), instrument == Instruments.RpcDuration ? Transport.Grpc : Transport.Rest);
        lock (_lock)
        {
            if (!_calls.TryGetValue(call, out var durations)) _calls[call] = durations = [];
            durations.Add(seconds * 1000);
        }
    }

    private void OnGate(Instrument instrument, int isClosed, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument != EndpointGauges.GateClosed) return;
        var endpoint = (RouteIn(tags), Tag(tags, AttributeNames.Transport) == Dialect.NameOf(Transport.Grpc) ? Transport.Grpc : Transport.Rest);
        lock (_lock)
        {
            var before = _gates.GetValueOrDefault(endpoint);
            _gates[endpoint] = isClosed != 0 ? DemoGate.Held : before == DemoGate.Ready ? DemoGate.Ready : DemoGate.Resumed;
        }
    }

    private static string RouteIn(ReadOnlySpan<KeyValuePair<string, object?>> tags) => Tag(tags, AttributeNames.Route);

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string wanted)
    {
        foreach (var (name, value) in tags)
        {
            if (name == wanted) return value as string ?? "";
        }
        return "";
    }
}

/// <summary>Whether records wait for a model server.</summary>
internal enum DemoGate
{
    /// <summary>They never had to.</summary>
    Ready,

    /// <summary>They had to, and flow again.</summary>
    Resumed,

    /// <summary>They wait.</summary>
    Held,
}
