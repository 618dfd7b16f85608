namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// An instance stands still (SIGSTOP) in the middle of a transaction until the broker has given that up, but its group has not given up the instance: it
/// goes on with a transaction that is no more.
/// </summary>
internal sealed class StandstillFault() : FaultRow("standstill", "SIGSTOP of the only instance within its session, beyond the timeout of its transaction, SIGCONT")
{
    /// <summary>The timeout of a transaction, and the interval in which brokers look for such.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(6 + 10 + 2);

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        // Nearly always there is an open transaction to stand still in.
        await using var run = new FaultRun(this, scene, null, ("Seldon:Kafka:Consumer:session.timeout.ms", "60000"), ("Seldon:Transaction:Interval", "2s"));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync();
        run.StartLoad();
        for (var freeze = 1; freeze <= scene.Scale.Repeats; freeze++)
        {
            await run.UntilAllMoveAsync();
            run.Say($"standstill {freeze} of {scene.Scale.Repeats}");
            await FaultRun.PauseAsync(TimeSpan.FromSeconds(Random.Shared.NextDouble()));
            var instance = run.Fleet.Any;
            run.MayRepeat();
            instance.Freeze();
            await FaultRun.PauseAsync(Longest);
            instance.Thaw();
            if (scene.IsExactlyOnce) await run.Fleet.UntilAnyPrintedAsync("has been taken over", instance);
        }
        await run.UntilAllMoveAsync();
        return await run.FinishAsync();
    }
}
