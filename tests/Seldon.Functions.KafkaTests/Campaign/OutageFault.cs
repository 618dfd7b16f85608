using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The model is down while many records wait, and comes back.</summary>
internal sealed class OutageFault() : FaultRow("outage", "the model is down while 10,000 records wait")
{
    private const int Waiting = 10_000;
    private const double SlowestRecovery = 5;
    private const double MostGrowth = 32;
    private const double Mebibyte = 1024 * 1024;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var model = await FaultyModel.StartAsync();
        // The window of a host that nobody has tuned.
        await using var run = new FaultRun(this, scene, model, ("Seldon:Window:Records", "5000"), ("KAFKA_WORKERS", "64"));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync();
        await run.ProduceAsync(500);
        await run.Kafka.UntilCommittedAsync(run.Pipeline.Group, run.Pipeline.Input);

        await model.GoDownAsync();
        await run.ProduceAsync(Waiting);
        await run.Fleet.UntilAnyPrintedAsync("Holding: ");
        run.Say($"the model is down for {scene.Scale.Outage.TotalSeconds} s");
        var host = run.Fleet.Running[0];
        await FaultRun.PauseAsync(scene.Scale.Outage / 2);
        var early = host.Memory;
        await FaultRun.PauseAsync(scene.Scale.Outage / 2);
        var growth = (host.Memory - early) / Mebibyte;

        await model.ComeUpAsync();
        var back = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var report = await run.FinishAsync();
        var recovery = (report.Account!.Results.Select(r => r.Record.Timestamp).Where(t => t >= back).DefaultIfEmpty(long.MaxValue).Min() - back) / 1000.0;
        report.Expect(report.DeadLetters == Enumerable.Range(0, report.Records).Count(i => run.Flowers.ExpectedReason(i) is not null), $"dead letters for the outage");
        report.Expect(growth < MostGrowth, $"memory grows by {growth:0} MiB");
        report.Expect(!scene.Scale.JudgesTimes || recovery <= SlowestRecovery, $"the first result comes {recovery:0.0} s after the recovery");
        report.Note($"down for {scene.Scale.Outage.TotalSeconds} s; first result {recovery:0.0} s after it is back; memory {early / Mebibyte:0} MiB, {growth:+0;-0;0} MiB by its end");
        return report;
    }
}
