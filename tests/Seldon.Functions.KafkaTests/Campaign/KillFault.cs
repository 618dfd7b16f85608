namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// An instance is killed under load, at a random moment, and another is started in its place; again and again. More records come than the
/// instances can do, so that every one that is killed has read many that are not done.
/// </summary>
internal sealed class KillFault(string protocol) : FaultRow($"kill-{protocol}", $"kill -9 of one of three instances ({protocol})")
{
    public const double LongestSilence = 10;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene, null, ("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_WORKERS", "1"));
        await run.Pipeline.CreateTopicsAsync(input: 6);
        await run.Fleet.AddAsync(3);
        run.StartLoad(FaultRun.MoreThanTheyCanDo);
        await run.KillAgainAndAgainAsync();
        var report = await run.FinishAsync();
        report.Expect(!scene.Scale.JudgesTimes || report.SilenceSeconds <= LongestSilence, $"a partition is silent for {report.SilenceSeconds} s, more than {LongestSilence} s");
        report.Note($"{scene.Scale.Kills} kills");
        return report;
    }
}
