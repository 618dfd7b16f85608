using Seldon.Functions.Demo.Broker;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The broker, here librdkafka's mock cluster, answers requests to take records with one error after the other.</summary>
internal sealed class ProduceErrorFault() : FaultRow("produce-errors", "the broker answers produce requests with errors (mock cluster)")
{
    private const int NotLeader = 6;
    private const int RequestTimedOut = 7;
    private const int NotEnoughReplicas = 19;
    private const int OutOfOrderSequence = 45;
    private const int Disconnect = -195;
    private const int Records = 6000;

    public override bool HasTransactions => false;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        using var broker = EmbeddedBroker.Start();
        using var kafka = new KafkaTopics(broker.BootstrapServers);
        await using var run = new FaultRun(this, scene.On(kafka), null, ("KAFKA_GROUP_PROTOCOL", "consumer"), ("KAFKA_WORKERS", "4"));
        broker.CreateTopic(run.Pipeline.Input, 4);
        broker.CreateTopic(run.Pipeline.Output, 3);
        broker.CreateTopic(run.Pipeline.Errors, 2);
        await run.ProduceAsync(Records);
        await run.Fleet.AddAsync();
        foreach (var error in (int[])[NotLeader, RequestTimedOut, NotEnoughReplicas, Disconnect, OutOfOrderSequence])
        {
            run.Say($"error {error}");
            // The client that cannot continue after this is re-created, and goes on from what was committed.
            if (error == OutOfOrderSequence) run.MayRepeat();
            broker.PushProduceErrors(error, error, error);
            await kafka.UntilCountAsync(run.Pipeline.Output, await kafka.CountAsync(run.Pipeline.Output) + 400, TimeSpan.FromMinutes(2));
        }
        return await run.FinishAsync();
    }
}
