namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>Two instances have one transactional id, and take it from each other all the time, until one of them leaves.</summary>
internal sealed class SharedIdFault() : FaultRow("shared-id", "two instances have the same KAFKA_TRANSACTIONAL_ID, until one of them leaves")
{
    public override bool NeedsTransactions => true;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        var id = $"seldon-functions.{Guid.NewGuid():N}";
        await using var run = new FaultRun(this, scene, null, ("KAFKA_TRANSACTIONAL_ID", id));
        await run.Pipeline.CreateTopicsAsync();
        run.Fleet.Start();
        run.StartLoad();
        await run.UntilAllMoveAsync();
        run.Fleet.Start();
        await run.Fleet.UntilAnyPrintedAsync("has been taken over");
        await FaultRun.PauseAsync(scene.Scale.Silence);
        var takenOver = run.Fleet.CountPrinted("has been taken over");
        await run.Fleet.TerminateAsync(run.Fleet.Running[0]);
        await run.UntilAllMoveAsync();
        var report = await run.FinishAsync();
        report.Note($"taken over {takenOver} times in {scene.Scale.Silence.TotalSeconds} s");
        return report;
    }
}
