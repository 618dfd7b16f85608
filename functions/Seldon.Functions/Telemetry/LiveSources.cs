namespace Seldon.Functions.Telemetry;

/// <summary>
/// The objects that observable instruments tell of: each from <see cref="Add"/> to <see cref="Remove"/>, and not longer. The
/// instruments themselves are made once and stay.
/// </summary>
internal sealed class LiveSources<T>
    where T : class
{
    private readonly Lock _lock = new();
    private volatile T[] _all = [];

    public void Add(T source)
    {
        lock (_lock) _all = [.. _all, source];
    }

    public void Remove(T source)
    {
        lock (_lock) _all = [.. _all.Where(s => s != source)];
    }

    public IEnumerable<TMeasurement> Select<TMeasurement>(Func<T, TMeasurement> measure) => _all.Select(measure);

    public IEnumerable<TMeasurement> SelectMany<TMeasurement>(Func<T, IEnumerable<TMeasurement>> measure) => _all.SelectMany(measure);
}
