using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Models.Faults;

/// <summary>The records that an endpoint has failed and that are not decided yet: for the meters, and for the log when one takes long.</summary>
/// <param name="endpoint">The endpoint, for log lines.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class Suspects(string endpoint, TimeProvider time, ILogger logger)
{
    /// <summary>A record that waits longer than this is worth a line.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly HashSet<Suspect> _all = [];
    private long? _lineAt;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _all.Count;
        }
    }

    /// <summary>How long ago the first of them failed first; zero if there are none.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            lock (_lock) return _all.Count == 0 ? TimeSpan.Zero : time.GetElapsedTime(_all.Min(s => s.FirstFailedAt));
        }
    }

    public void Add(Suspect suspect)
    {
        lock (_lock) _all.Add(suspect);
    }

    public void Remove(Suspect suspect)
    {
        lock (_lock) _all.Remove(suspect);
    }

    /// <summary>Names a record in the log that is being retried for long: once, then every minute. Of many, one every ten seconds.</summary>
    /// <param name="suspect">The record.</param>
    /// <param name="what">How its last attempt failed, to follow "the endpoint".</param>
    public void Name(Suspect suspect, string what)
    {
        var waited = time.GetElapsedTime(suspect.FirstFailedAt);
        if (waited < Long || (suspect.NamedAt is { } named && time.GetElapsedTime(named) < Reminder)) return;
        int others;
        lock (_lock)
        {
            if (_lineAt is { } last && time.GetElapsedTime(last) < Long) return;
            suspect.NamedAt = _lineAt = time.GetTimestamp();
            others = _all.Count - 1;
        }
        var record = suspect.Record;
        Log.StillRetrying(logger, record.Topic, record.Partition, record.Offset, (long)waited.TotalSeconds, suspect.Attempts, endpoint, what, others);
    }
}
