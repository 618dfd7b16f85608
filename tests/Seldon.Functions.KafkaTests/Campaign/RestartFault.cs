namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// Instances are killed, and each is started again in its place, as a container is in its pod: with the transactional id that it had, by which its first act
/// is to abort the transaction of the one that was killed.
/// </summary>
internal sealed class RestartFault() : FaultRow("kill-in-place", "kill -9 of one of three instances, started again with the same KAFKA_TRANSACTIONAL_ID")
{
    public override bool NeedsTransactions => true;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene, null, ("KAFKA_WORKERS", "1"));
        await run.Pipeline.CreateTopicsAsync(input: 6);
        await run.Fleet.AddAsync(3, i => [("KAFKA_TRANSACTIONAL_ID", $"{run.Pipeline.Group}.{i}")]);
        run.StartLoad(FaultRun.MoreThanTheyCanDo);
        await run.KillAgainAndAgainAsync();
        var report = await run.FinishAsync();
        report.Expect(
            !scene.Scale.JudgesTimes || report.SilenceSeconds <= KillFault.LongestSilence, $"a partition is silent for {report.SilenceSeconds} s, more than {KillFault.LongestSilence} s");
        report.Note($"{scene.Scale.Kills} kills");
        return report;
    }
}
