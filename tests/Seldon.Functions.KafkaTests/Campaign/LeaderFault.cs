namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>Of three brokers each is killed once, and with it the leaders of a third of all partitions, or the group's coordinator.</summary>
internal sealed class LeaderFault(string protocol) : FaultRow($"leader-{protocol}", $"three brokers, each killed once by kill -9 ({protocol})")
{
    private const int Brokers = 3;
    private const int Instances = 2;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var brokers = await KafkaBroker.StartAsync(scene.Home, Brokers);
        using var kafka = new KafkaTopics(brokers.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka), null, ("KAFKA_GROUP_PROTOCOL", protocol));
        await run.Pipeline.CreateTopicsAsync(input: 6, output: 6, errors: 3);
        await run.Fleet.AddAsync(Instances);
        run.StartLoad(100);
        for (var id = 1; id <= Brokers; id++)
        {
            run.Say($"broker {id} of {Brokers}");
            await run.UntilAllMoveAsync();
            run.MayRepeat(Instances);
            await brokers.KillAsync(id);
            // Where another broker leads the results topic, records are published while the group has no coordinator.
            await run.UntilAllMoveAsync();
            run.CommitsGetThroughAgain();
            await brokers.StartAsync();
            await kafka.UntilInSyncAsync(run.Pipeline.Input, run.Pipeline.Output, run.Pipeline.Errors);
        }
        return await run.FinishAsync();
    }
}
