namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>Instances come and go in order under load: one, four, one.</summary>
internal sealed class ScaleFault(string protocol) : FaultRow($"scale-{protocol}", $"scale-out and SIGTERM scale-in 1→4→1 ({protocol})")
{
    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene, null, ("KAFKA_GROUP_PROTOCOL", protocol));
        await run.Pipeline.CreateTopicsAsync(input: 8);
        await run.Fleet.AddAsync();
        run.StartLoad();
        for (var round = 1; round <= scene.Scale.Repeats; round++)
        {
            run.Say($"round {round} of {scene.Scale.Repeats}");
            await run.Fleet.AddAsync(3);
            await run.UntilAllMoveAsync();
            // Those that have been there longest leave first.
            while (run.Fleet.Running.Count > 1) await run.Fleet.TerminateAsync(run.Fleet.Running[0]);
            await run.UntilAllMoveAsync();
        }
        var report = await run.FinishAsync();
        report.Note($"{scene.Scale.Repeats} times");
        return report;
    }
}
