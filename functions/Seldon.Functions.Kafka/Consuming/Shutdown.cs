using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// Finishes what was read before a member leaves its group: gives up when only what waits for a model or is retried is left, or time is over; then awaits
/// the last commit, still as a member: what is stored when the group is left may not be committed any more.
/// </summary>
internal sealed class Shutdown(
    IConsumer<byte[], byte[]> consumer, Assignment lanes, OffsetCommits positions, ConsumerErrors errors, InferenceEngine engine, TimeProvider time,
    ILogger logger)
{
    /// <summary>How long in-flight records may take to finish when the process stops.</summary>
    internal static readonly TimeSpan RecordPatience = TimeSpan.FromSeconds(15);

    /// <summary>How long, of that, nothing need be acknowledged while a model is out or a record is retried: what is left is what waits for that.</summary>
    private static readonly TimeSpan HoldPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long it may take from the wish to stop until the broker has confirmed the last commit.</summary>
    internal static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(20);

    /// <summary>Returns when there is nothing more to wait for.</summary>
    /// <param name="poll">Polls once, so that the group keeps this member; says whether it is of any use to go on.</param>
    /// <param name="isStopping">Whether the process stops, which is said; else a new client follows.</param>
    public void Run(Func<bool> poll, bool isStopping)
    {
        var start = time.GetTimestamp();
        if (isStopping) Log.Draining(logger, lanes.UnderWay);
        errors.Try(() => consumer.Pause(lanes.All.Keys));
        foreach (var lane in lanes.All.Values) lane.Complete();
        var (underWay, since) = (lanes.UnderWay, start);
        PollWhile(() => lanes.UnderWay > 0 && !IsStuck(), RecordPatience);

        foreach (var lane in lanes.All.Values) lane.Cancel();
        PollWhile(() => !lanes.HaveEnded || positions.Uncommitted.Any(), CommitPatience);
        Say(isStopping);

        void PollWhile(Func<bool> isGoingOn, TimeSpan patience)
        {
            while (isGoingOn() && time.GetElapsedTime(start) < patience && poll())
            {
            }
        }

        bool IsStuck()
        {
            if (lanes.UnderWay != underWay) (underWay, since) = (lanes.UnderWay, time.GetTimestamp());
            return engine.IsWaiting && time.GetElapsedTime(since) >= HoldPatience;
        }
    }

    private void Say(bool isStopping)
    {
        var (unfinished, uncommitted) = (lanes.UnderWay, positions.Uncommitted.ToList());
        if (unfinished > 0) Log.Unfinished(logger, unfinished);
        if (uncommitted.Count > 0) Log.Uncommitted(logger, Rebalances.Describe(uncommitted));
        else if (unfinished == 0 && isStopping && lanes.All.Count == 0) Log.StoppedWithoutPartitions(logger);
        else if (unfinished == 0 && isStopping) Log.Stopped(logger);
    }
}
