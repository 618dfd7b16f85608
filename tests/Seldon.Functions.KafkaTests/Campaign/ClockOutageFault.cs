namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// The wall clock is set back by an hour while the model is out and the window is full: all partitions are paused, and nothing comes from
/// Kafka that would wake the thread that polls.
/// </summary>
internal sealed class ClockOutageFault() : FaultRow("clock-outage", "the wall clock is set back by an hour while the model is down and the window is full")
{
    private const int Waiting = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>By then every thread that waits for a time has begun to, or has met the step.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    public override string? Missing => SteppingClock.Missing;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        using var clock = new SteppingClock();
        await using var model = await FaultyModel.StartAsync();
        await using var run = new FaultRun(this, scene, model);
        await clock.StartAsync(run);
        await run.ProduceAsync(Waiting / 10);
        await run.Kafka.UntilCommittedAsync(run.Pipeline.Group, run.Pipeline.Input);

        await model.GoDownAsync();
        await run.ProduceAsync(Waiting);
        await run.Fleet.UntilAnyPrintedAsync("Holding: ");
        // What was done before is committed: no answer to that is to come.
        await FaultRun.PauseAsync(Moment);
        clock.StepTo(-TimeSpan.FromHours(1));
        await FaultRun.PauseAsync(Moment);
        await model.ComeUpAsync();
        await run.UntilAllMoveAsync(Patience);
        return await run.FinishAsync();
    }
}
