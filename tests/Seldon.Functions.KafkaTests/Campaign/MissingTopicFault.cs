namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>There is no topic for dead letters at first.</summary>
internal sealed class MissingTopicFault() : FaultRow("error-topic", "the error topic is missing, and then made")
{
    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene);
        await scene.Kafka.CreateAsync(run.Pipeline.Input, 4);
        await scene.Kafka.CreateAsync(run.Pipeline.Output, 3);
        await run.Fleet.AddAsync();
        run.StartLoad();
        await run.Fleet.UntilAnyPrintedAsync("accepts no records");
        await FaultRun.PauseAsync(scene.Scale.Silence);
        await scene.Kafka.CreateAsync(run.Pipeline.Errors, 2);
        await run.UntilAllMoveAsync();
        return await run.FinishAsync();
    }
}
