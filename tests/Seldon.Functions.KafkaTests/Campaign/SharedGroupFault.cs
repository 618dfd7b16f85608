using Confluent.Kafka;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// Another program uses the same consumer group for a topic of its own: first by an assignment strategy that ours does not go with,
/// so that the host has to wait, then by ours.
/// </summary>
internal sealed class SharedGroupFault() : FaultRow("shared-group", "another program is in the same consumer group, on another topic")
{
    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene);
        await run.Pipeline.CreateTopicsAsync();
        var other = $"{run.Pipeline.Input}.other";
        await scene.Kafka.CreateAsync(other, 2);

        await using (var stranger = new Stranger(scene.Kafka, run.Pipeline.Group, other, PartitionAssignmentStrategy.Range))
        {
            await stranger.UntilAssignedAsync();
            run.Fleet.Start();
            run.StartLoad();
            await run.Fleet.UntilAnyPrintedAsync("inconsistent");
            await FaultRun.PauseAsync(scene.Scale.Silence);
        }
        await run.UntilAllMoveAsync();
        await using (var stranger = new Stranger(scene.Kafka, run.Pipeline.Group, other, PartitionAssignmentStrategy.CooperativeSticky))
        {
            await stranger.UntilAssignedAsync();
            await run.Fleet.AddAsync();
            await run.UntilAllMoveAsync();
        }
        await run.UntilAllMoveAsync();
        return await run.FinishAsync();
    }

    /// <summary>The other program.</summary>
    private sealed class Stranger : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly IConsumer<byte[], byte[]> _consumer;
        private readonly Task _running;

        public Stranger(KafkaTopics kafka, string group, string topic, PartitionAssignmentStrategy strategy)
        {
            _consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
            {
                BootstrapServers = kafka.BootstrapServers,
                GroupId = group,
                PartitionAssignmentStrategy = strategy,
                SessionTimeoutMs = 6000,
            }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
            _consumer.Subscribe(topic);
            _running = Task.Run(() =>
            {
                while (!_stop.IsCancellationRequested) _consumer.Consume(TimeSpan.FromMilliseconds(100));
            });
        }

        public Task UntilAssignedAsync() => Until.True(() => _consumer.Assignment.Count > 0, () => "the other program has its partitions");

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            _consumer.Close();
            _consumer.Dispose();
            _stop.Dispose();
        }
    }
}
