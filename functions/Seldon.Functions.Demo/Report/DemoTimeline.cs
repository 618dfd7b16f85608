using System.Globalization;

namespace Seldon.Functions.Demo.Report;

/// <summary>What has happened in a run, and when. Any thread may add.</summary>
internal sealed class DemoTimeline(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<DemoEvent> _events = [];
    private long _start = time.GetTimestamp();
    private TimeSpan _heldAt;
    private volatile bool _hasHeld;

    /// <summary>How long ago the run began.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(Volatile.Read(ref _start));

    /// <summary>Whether records have been held at any time.</summary>
    public bool HasHeld => _hasHeld;

    public IReadOnlyList<DemoEvent> Events
    {
        get
        {
            lock (_lock) return [.. _events];
        }
    }

    /// <summary>The run begins now.</summary>
    public void Begin() => Volatile.Write(ref _start, time.GetTimestamp());

    public void Add(string name, string text)
    {
        var at = Elapsed;
        lock (_lock) _events.Add(new DemoEvent(Math.Round(at.TotalSeconds, 2), name, text));
    }

    public void Hold()
    {
        _heldAt = Elapsed;
        Add("held", "requests wait; none of them fails");
        _hasHeld = true;
    }

    /// <param name="waiting">How many requests have waited at the same time.</param>
    public void Resume(int waiting) =>
        Add("resumed", string.Create(CultureInfo.InvariantCulture, $"after {(Elapsed - _heldAt).TotalSeconds:0.0} s, in which up to {waiting} requests waited"));
}

/// <summary>Something that happened in a run.</summary>
/// <param name="Seconds">When, since its beginning.</param>
/// <param name="Event"><c>outage</c>, <c>held</c>, <c>resumed</c>, <c>sent</c> or <c>redrive</c>.</param>
internal sealed record DemoEvent(double Seconds, string Event, string Text);
