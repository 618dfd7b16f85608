namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The broker is up, and its connections stay, but it answers nothing for a while.</summary>
internal sealed class FrozenBrokerFault() : FaultRow("broker-silent", "the only broker answers nothing for a while (SIGSTOP, SIGCONT)")
{
    private const int Instances = 2;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var broker = await KafkaBroker.StartAsync(scene.Home);
        using var kafka = new KafkaTopics(broker.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync(Instances);
        run.StartLoad();
        for (var freeze = 1; freeze <= scene.Scale.Repeats; freeze++)
        {
            await run.UntilAllMoveAsync();
            run.Say($"silence {freeze} of {scene.Scale.Repeats}");
            run.MayRepeat(Instances);
            broker.Freeze();
            await FaultRun.PauseAsync(scene.Scale.Silence);
            broker.Thaw();
        }
        await run.UntilAllMoveAsync();
        var report = await run.FinishAsync();
        report.Note($"silent for {scene.Scale.Silence.TotalSeconds} s, {scene.Scale.Repeats} times");
        return report;
    }
}
