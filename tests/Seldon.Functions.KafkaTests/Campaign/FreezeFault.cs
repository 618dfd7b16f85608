namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>An instance stands still (SIGSTOP) until the group has given its partitions away, and then goes on as if nothing had happened.</summary>
internal sealed class FreezeFault(string protocol) : FaultRow($"freeze-{protocol}", $"SIGSTOP of one of three instances beyond its session, SIGCONT ({protocol})")
{
    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene, null, ("KAFKA_GROUP_PROTOCOL", protocol));
        await run.Pipeline.CreateTopicsAsync(input: 6);
        await run.Fleet.AddAsync(3);
        run.StartLoad();
        await run.UntilAllMoveAsync();
        for (var freeze = 1; freeze <= scene.Scale.Repeats; freeze++)
        {
            run.Say($"freeze {freeze} of {scene.Scale.Repeats}");
            var instance = run.Fleet.Any;
            instance.Freeze();
            run.MayRepeat();
            // The others take over, and it is still frozen then.
            await run.UntilAllMoveAsync();
            await FaultRun.PauseAsync(scene.Scale.Silence);
            instance.Thaw();
            await FaultRun.PauseAsync(TimeSpan.FromSeconds(3));
            await run.UntilAllMoveAsync();
        }
        return await run.FinishAsync();
    }
}
