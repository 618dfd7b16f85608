namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The only broker is stopped in order and started again, and then it is killed and started again.</summary>
internal sealed class BrokerRestartFault(string protocol) : FaultRow($"broker-{protocol}", $"the only broker is restarted, by SIGTERM and by kill -9 ({protocol})")
{
    private const int Instances = 2;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var broker = await KafkaBroker.StartAsync(scene.Home);
        using var kafka = new KafkaTopics(broker.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka), null, ("KAFKA_GROUP_PROTOCOL", protocol));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync(Instances);
        run.StartLoad();
        foreach (var end in (Func<Task>[])[broker.StopAsync, () => broker.KillAsync()])
        {
            await run.UntilAllMoveAsync();
            run.MayRepeat(Instances);
            await end();
            await broker.StartAsync();
        }
        await run.UntilAllMoveAsync();
        return await run.FinishAsync();
    }
}
