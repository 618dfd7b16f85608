using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The results topic refuses one result in ten for its size, among others that it takes: in the middle of batches and transactions.</summary>
internal sealed class RefusedFault() : FaultRow("refused", "the results topic refuses one result in ten")
{
    private const int Partitions = 4;
    private const int Every = 10;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var model = await FaultyModel.StartAsync();
        await using var run = new FaultRun(this, scene, model);
        await scene.Kafka.CreateAsync(run.Pipeline.Input, Partitions);
        await scene.Kafka.CreateAsync(run.Pipeline.Output, 3, ("max.message.bytes", "100000"));
        await scene.Kafka.CreateAsync(run.Pipeline.Errors, 2);
        await run.Fleet.AddAsync(2);
        run.StartLoad(record: i => i % Every == Every - 1 ? FaultyModel.Poison(run.Flowers[i], "large", i / Every % Partitions) : run.Flowers[i]);
        await run.UntilSentAsync(scene.Scale.Repeats * 2000);
        var report = await run.FinishAsync();
        var refused = report.Account!.DeadLetters.Count(d => d.Header("seldon-error-reason") == RejectionReason.ResultTooLarge.ToWire());
        report.Expect(refused >= report.Records / Every / 2, $"only {refused} results were refused");
        report.Note($"{refused} results refused");
        return report;
    }
}
