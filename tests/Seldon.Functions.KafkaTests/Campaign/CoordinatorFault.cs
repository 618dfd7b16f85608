namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The broker that coordinates the transactions, or the group where there are none, is killed while commits are on their way to it.</summary>
internal sealed class CoordinatorFault() : FaultRow("coordinator", "kill -9 of the broker that coordinates transactions (or the group), during commits")
{
    private const int Brokers = 3;
    private const int Instances = 2;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var brokers = await KafkaBroker.StartAsync(scene.Home, Brokers);
        using var kafka = new KafkaTopics(brokers.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka));
        await run.Pipeline.CreateTopicsAsync(input: 6, output: 6, errors: 3);
        await run.Fleet.AddAsync(Instances);
        run.StartLoad(100);
        var coordinated = scene.IsExactlyOnce ? "__transaction_state" : "__consumer_offsets";
        for (var kill = 1; kill <= scene.Scale.Repeats * 2; kill++)
        {
            await run.UntilAllMoveAsync();
            await FaultRun.PauseAsync(TimeSpan.FromSeconds(Random.Shared.NextDouble()));
            var coordinator = kafka.LeaderOf(coordinated);
            run.Say($"kill {kill}, of broker {coordinator}");
            run.MayRepeat(Instances);
            await brokers.KillAsync(coordinator);
            await run.UntilAllMoveAsync();
            run.CommitsGetThroughAgain();
            await brokers.StartAsync();
            await kafka.UntilInSyncAsync(run.Pipeline.Input, run.Pipeline.Output, run.Pipeline.Errors, coordinated);
        }
        var report = await run.FinishAsync();
        report.Note($"{scene.Scale.Repeats * 2} kills");
        return report;
    }
}
