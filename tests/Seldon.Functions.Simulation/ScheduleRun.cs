using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Simulation;

/// <summary>What became of the records of some schedules.</summary>
internal sealed class Totals
{
    public long Schedules { get; set; }

    public long Good { get; set; }

    public long Bad { get; set; }

    public long Calls { get; set; }

    /// <summary>Good records that were rejected.</summary>
    public long GoodRejected { get; set; }

    /// <summary>Bad records that were answered, which the server cannot do.</summary>
    public long BadAnswered { get; set; }

    /// <summary>Records that were not decided although the server had worked for an hour.</summary>
    public long Undecided { get; set; }

    /// <summary>Bad records that the rule took longer for than it may, counted from when the server worked.</summary>
    public long Late { get; set; }
}

/// <summary>Runs one schedule through the genuine endpoint, with a clock that jumps.</summary>
internal sealed class ScheduleRun(Schedule schedule, Totals totals, Action<string> report)
{
    /// <summary>For how long the server works in the end: longer than readiness is trusted for, and all retries.</summary>
    private static readonly TimeSpan End = TimeSpan.FromHours(1);

    /// <summary>By when a bad record must be decided while good ones are answered: retries over the time to give up, with waits of ten seconds.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(20);

    /// <summary>The same for a record that is alone, with nobody to wait for.</summary>
    private static readonly TimeSpan LongEnoughAlone = TimeSpan.FromMinutes(3);

    private readonly VirtualClock _clock = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _decided;

    public async Task RunAsync(int seed)
    {
        var server = new SimulatedServer(schedule, _clock, new Random(HashCode.Combine(seed, schedule.Number, 1)));
        var route = new RouteOptions
        {
            Name = "default",
            Model = new ModelSelector("m"),
            Workers = schedule.Workers,
            Limits = new CallLimits(TimeSpan.FromSeconds(2), 1024),
        };
        var control = schedule.HasControl ? Request(RecordKind.Good, 0).Record : null;
        using var slots = new SemaphoreSlim(schedule.Workers);
        using var stop = new CancellationTokenSource();
        await using var endpoint = new ModelEndpoint(route, server, slots, _clock, NullLogger.Instance, control: control);
        var asking = AskAsHostsDoAsync(endpoint, stop.Token);
        var records = schedule.Records.Select((r, i) => InferAsync(endpoint, i, r.At, r.Kind, stop.Token)).ToList();
        ThreadPool.UnsafeQueueUserWorkItem(static run => run.Step(), this, preferLocal: false);
        await _done.Task;
        await stop.CancelAsync();
        await Task.WhenAll(records);
        await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        totals.Schedules++;
        totals.Calls += server.Calls;
    }

    private async Task AskAsHostsDoAsync(ModelEndpoint endpoint, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromTicks(1), _clock, cancellationToken);
        await endpoint.WaitUntilReadyAsync(cancellationToken);
    }

    private async Task InferAsync(ModelEndpoint endpoint, int number, TimeSpan at, RecordKind kind, CancellationToken cancellationToken)
    {
        try
        {
            if (number == 0)
            {
                for (var before = schedule.AnsweredBefore; before > 0; before--) await endpoint.InferAsync(Request(RecordKind.Good, -before), cancellationToken);
            }
            await Task.Delay(at, _clock, cancellationToken);
            var outcome = await endpoint.InferAsync(Request(kind, number), cancellationToken);
            Judge(number, kind, outcome);
        }
        catch (OperationCanceledException)
        {
            totals.Undecided++;
            report($"record {number} ({kind}) is not decided; {schedule}");
        }
        if (++_decided == schedule.Records.Count) _done.TrySetResult();
    }

    private static ModelRequest Request(RecordKind kind, int number) => new(new Record("in", (int)kind, number, 0, null, [1], []), [1], null);

    private void Judge(int number, RecordKind kind, Outcome outcome)
    {
        if (kind == RecordKind.Good) totals.Good++;
        else totals.Bad++;
        var works = schedule.States[^2].Until;
        switch (outcome.Kind, kind == RecordKind.Good)
        {
            case (OutcomeKind.Rejected, true):
                totals.GoodRejected++;
                report($"record {number} is good and rejected at {_clock.Now.TotalSeconds:0.000} after {outcome.Rejection!.Attempts} attempts ({outcome.Rejection.Status}); {schedule}");
                break;
            case (OutcomeKind.Answered, false):
                totals.BadAnswered++;
                report($"record {number} is bad and answered; {schedule}");
                break;
            case (OutcomeKind.Rejected, false) when _clock.Now > works + (schedule.Records.Count == 1 ? LongEnoughAlone : LongEnough):
                totals.Late++;
                report($"record {number} ({kind}) is rejected only at {_clock.Now.TotalSeconds:0.000}; {schedule}");
                break;
        }
    }

    /// <summary>When nothing is left to do at this moment, the clock jumps to the next.</summary>
    private void Step()
    {
        if (_done.Task.IsCompleted) return;
        if (ThreadPool.PendingWorkItemCount == 0 && (_clock.Now > schedule.States[^2].Until + End || !_clock.FireNext()))
        {
            _done.TrySetResult();
            return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static run => run.Step(), this, preferLocal: false);
    }
}
