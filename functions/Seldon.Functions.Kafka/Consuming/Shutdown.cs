using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// The end of a member: <see cref="Finish"/> finishes what was read and awaits the last commit, still as a member, because what is stored when
/// the group is left may not be committed any more; <see cref="Leave"/> leaves the group and frees the client.
/// </summary>
internal sealed class Shutdown(
    IConsumer<byte[], byte[]> consumer, Assignment assignment, OffsetCommits commits, EndOffsets ends, Membership membership, ConsumerErrors errors,
    InferenceEngine engine, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>How long in-flight records may take to finish when the process stops.</summary>
    internal static readonly TimeSpan RecordPatience = TimeSpan.FromSeconds(15);

    /// <summary>How long, of that, nothing need be acknowledged while records wait for a model or are retried: what is left is what waits for that.</summary>
    private static readonly TimeSpan HoldPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long it may take from the wish to stop until the broker has confirmed the last commit.</summary>
    internal static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(20);

    /// <summary>How long leaving the group may take. The client itself would wait for a silent broker for minutes.</summary>
    internal static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(5);

    private Task? _leaving;

    /// <summary>Returns when there is nothing more to wait for.</summary>
    /// <param name="poll">Polls once, so that the group keeps this member; says whether it is of any use to go on.</param>
    /// <param name="isStopping">Whether the process stops, which is said; else a new client follows.</param>
    public void Finish(Func<bool> poll, bool isStopping)
    {
        var start = time.GetTimestamp();
        if (isStopping) Log.Draining(logger, assignment.InFlight);
        errors.Try(() => consumer.Pause(assignment.All.Keys));
        foreach (var lane in assignment.All.Values) lane.Complete();
        var (inFlight, since) = (assignment.InFlight, start);
        PollWhile(() => assignment.InFlight > 0 && !IsStuck(), RecordPatience);

        foreach (var lane in assignment.All.Values) lane.Cancel();
        PollWhile(() => !assignment.HasEnded || commits.Uncommitted.Any(), CommitPatience);
        Say(isStopping);

        void PollWhile(Func<bool> isGoingOn, TimeSpan patience)
        {
            while (isGoingOn() && time.GetElapsedTime(start) < patience && poll())
            {
            }
        }

        bool IsStuck()
        {
            if (assignment.InFlight != inFlight) (inFlight, since) = (assignment.InFlight, time.GetTimestamp());
            return engine.IsWaiting && time.GetElapsedTime(since) >= HoldPatience;
        }
    }

    /// <summary>
    /// Leaves the group and frees the client; says whether that is done. If the broker does not answer in time, the client is left to itself,
    /// and freed when it is done; nothing else touches it after that.
    /// </summary>
    public bool Leave()
    {
        _leaving = Task.Factory.StartNew(CloseAndFree, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task.WaitAny([_leaving], LeavePatience);
        return _leaving.IsCompleted;
    }

    /// <summary>Throws the defect of ours that ended the leaving, if one did.</summary>
    public void ThrowIfFaulted()
    {
        if (_leaving is { IsFaulted: true }) _leaving.GetAwaiter().GetResult();
    }

    /// <summary>Frees the client without leaving the group, unless <see cref="Leave"/> has done so or is at it.</summary>
    public void Dispose()
    {
        if (_leaving is not null) return;
        ends.Dispose();
        Free();
    }

    private void CloseAndFree()
    {
        ends.Dispose();
        // A client that has failed for good refuses even this.
        errors.Try(consumer.Close);
        Free();
    }

    private void Free()
    {
        membership.Leave();
        consumer.Dispose();
    }

    private void Say(bool isStopping)
    {
        var (unfinished, uncommitted) = (assignment.InFlight, commits.Uncommitted.ToList());
        if (unfinished > 0) Log.Unfinished(logger, unfinished);
        if (uncommitted.Count > 0) Log.Uncommitted(logger, Assignment.Describe(uncommitted));
        else if (unfinished == 0 && isStopping && assignment.All.Count == 0) Log.StoppedWithoutPartitions(logger);
        else if (unfinished == 0 && isStopping) Log.Stopped(logger);
    }
}
