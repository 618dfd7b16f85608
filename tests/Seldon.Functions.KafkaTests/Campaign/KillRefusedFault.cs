using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// The results topic refuses one result in ten for its size, so that the producers are re-created all the time, and instances are killed
/// meanwhile.
/// </summary>
internal sealed class KillRefusedFault() : FaultRow("kill-refused", "kill -9 of one of three instances, while the results topic refuses one result in ten")
{
    private const int Partitions = 6;
    private const int Every = 10;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var model = await FaultyModel.StartAsync();
        await using var run = new FaultRun(this, scene, model, ("KAFKA_WORKERS", "1"));
        await scene.Kafka.CreateAsync(run.Pipeline.Input, Partitions);
        await scene.Kafka.CreateAsync(run.Pipeline.Output, 3, ("max.message.bytes", "100000"));
        await scene.Kafka.CreateAsync(run.Pipeline.Errors, 2);
        await run.Fleet.AddAsync(3);
        run.StartLoad(
            FaultRun.MoreThanTheyCanDo, i => i % Every == Every - 1 ? FaultyModel.Poison(run.Flowers[i], "large", i / Every % Partitions) : run.Flowers[i]);
        await run.KillAgainAndAgainAsync();
        var report = await run.FinishAsync();
        var refused = report.Account!.DeadLetters.Count(d => d.Header("seldon-error-reason") == RejectionReason.ResultTooLarge.ToWire());
        report.Expect(refused >= report.Records / Every / 2, $"only {refused} results were refused");
        report.Note($"{scene.Scale.Kills} kills, {refused} results refused");
        return report;
    }
}
