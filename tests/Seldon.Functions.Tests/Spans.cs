using System.Collections.Concurrent;
using System.Diagnostics;

namespace Seldon.Functions.Tests;

/// <summary>
/// Listens to the spans of one test only: of the consumer group, or of the traces, that it names. All others are as if nobody
/// listened.
/// </summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentDictionary<ActivityTraceId, bool> _traces = new();
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public Spans(string? group = null, params IEnumerable<string> traces)
    {
        foreach (var trace in traces) _traces[ActivityTraceId.CreateFromString(trace)] = true;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Seldon.Functions",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
            {
                var isOurs = _traces.ContainsKey(options.Parent.TraceId)
                    || (options.Tags?.Any(t => t.Key == "messaging.consumer.group.name" && t.Value is string name && name == group) ?? false);
                return isOurs ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;
            },
            ActivityStarted = activity => _traces[activity.TraceId] = true,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyCollection<Activity> Ended => _ended;

    public IEnumerable<Activity> Records => _ended.Where(a => a.Kind == ActivityKind.Consumer);

    public IEnumerable<Activity> Calls => _ended.Where(a => a.Kind == ActivityKind.Client);

    public void Dispose() => _listener.Dispose();
}
