namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The right to write results comes and goes every second under load: one transaction after the other is aborted.</summary>
internal sealed class AccessFlapsFault() : FaultRow("acl-flaps", "writing results is denied by ACL and granted again every second")
{
    private const int Flaps = 10;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var broker = await KafkaBroker.StartAsync(scene.Home, 1, AccessFault.Authorizer);
        using var kafka = new KafkaTopics(broker.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka), null, AccessFault.AsAlice(broker));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync(2);
        run.StartLoad();
        await run.UntilAllMoveAsync();
        for (var flap = 1; flap <= scene.Scale.Repeats * Flaps; flap++)
        {
            run.Say($"denial {flap} of {scene.Scale.Repeats * Flaps}");
            await kafka.DenyWritesAsync("alice", run.Pipeline.Output);
            await FaultRun.PauseAsync(Second);
            await kafka.GrantWritesAsync("alice", run.Pipeline.Output);
            await FaultRun.PauseAsync(Second);
        }
        await run.UntilAllMoveAsync();
        var report = await run.FinishAsync();
        var held = run.Fleet.CountPrinted("accepts no records");
        report.Expect(held > 0, $"no denial hit a running load");
        report.Note($"{scene.Scale.Repeats * Flaps} denials, {held} of them logged");
        return report;
    }
}
