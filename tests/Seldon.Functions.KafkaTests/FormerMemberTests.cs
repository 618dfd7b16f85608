using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.KafkaTests;

/// <summary>An instance dies in the middle of a transaction that the broker would leave open for minutes.</summary>
public class FormerMemberTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Assigned = 202;
    private const int TransactionEnded = 234;

    [Theory]
    [InlineData("classic", true)]
    [InlineData("classic", false)]
    [InlineData("consumer", true)]
    [InlineData("consumer", false)]
    public async Task InstanceIsKilledAmidATransaction_AnotherEndsIt(string protocol, bool isThereBefore)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(400);
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol), ("KAFKA_DELIVERY", "exactly-once"));
        await using var victim = await Victim.StartAsync(settings);
        if (!isThereBefore) await victim.DieAmidATransactionAsync();
        await using (var survivor = Instance.Start(settings))
        {
            if (isThereBefore)
            {
                await survivor.UntilSaidAsync(Assigned);
                await victim.DieAmidATransactionAsync();
            }
            await Kafka.ProduceAsync(flowers.All());
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(2), survivor.Log.ToString);
            await survivor.UntilSaidAsync(TransactionEnded, victim.Id);
        }
        // What the transaction held is in no account: its readers get to the end, and past it.
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    [Fact]
    public async Task InstanceWithAnIdOfItsOwnChoice_IsLeftAlone()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(200);
        var settings = pipeline.Settings(("KAFKA_DELIVERY", "exactly-once"));
        await using (var survivor = Instance.Start(settings))
        {
            await survivor.UntilSaidAsync(Assigned);
            await using (var named = Instance.Start(new Dictionary<string, string?>(settings) { ["KAFKA_TRANSACTIONAL_ID"] = $"{pipeline.Group}.named" }))
                await named.UntilSaidAsync(Assigned);
            await using (var other = Instance.Start(settings)) await other.UntilSaidAsync(Assigned);
            await survivor.UntilSaidAsync(TransactionEnded);
            await Kafka.ProduceAsync(flowers.All());
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            Assert.DoesNotContain(survivor.Log.Of(TransactionEnded), l => l.Text.Contains(".named ", StringComparison.Ordinal));
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    /// <summary>A member with the clients of an instance, and nothing else of one.</summary>
    private sealed class Victim : IAsyncDisposable
    {
        private readonly CancellationTokenSource _dying = new();
        private readonly IConsumer<byte[], byte[]> _consumer;
        private readonly IProducer<byte[], byte[]> _producer;
        private readonly Task _polling;
        private readonly KafkaOptions _options;

        private Victim(KafkaOptions options)
        {
            _options = options;
            var config = ClientConfigs.Transactional(options);
            config.TransactionTimeoutMs = config.MessageTimeoutMs = (int)TimeSpan.FromMinutes(10).TotalMilliseconds;
            _producer = new ProducerBuilder<byte[], byte[]>(config).Build();
            _consumer = new ConsumerBuilder<byte[], byte[]>(ClientConfigs.Consumer(options)).SetErrorHandler((_, _) => { }).Build();
            _consumer.Subscribe(options.InputTopics);
            _polling = Task.Factory.StartNew(Poll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        public string Id => _options.Transactions!.Id;

        public static async Task<Victim> StartAsync(IReadOnlyDictionary<string, string?> settings)
        {
            var victim = new Victim(ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Kafka);
            await Task.Run(() => victim._producer.InitTransactions(TimeSpan.FromSeconds(30)));
            await Until.True(() => victim._consumer.Assignment.Count > 0, () => "the victim has partitions");
            return victim;
        }

        /// <summary>Leaves neither the group nor the transaction, as kill -9 does.</summary>
        public async Task DieAmidATransactionAsync()
        {
            await Until.True(TryBeginTransaction, () => "the victim is a member, and has an open transaction");
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (_polling.IsCompleted) return;
            await _dying.CancelAsync();
            await _polling;
            await Task.Run(_consumer.Dispose);
            await Task.Run(_producer.Dispose);
            _dying.Dispose();
        }

        private void Poll()
        {
            while (!_dying.IsCancellationRequested)
            {
                try
                {
                    _consumer.Consume(TimeSpan.FromMilliseconds(50));
                }
                catch (ConsumeException)
                {
                    // The group has committed nothing; a genuine instance resets to the beginning.
                }
            }
        }

        /// <summary>With a record and with offsets in it, if the group is not just rebalancing.</summary>
        private bool TryBeginTransaction()
        {
            if (_consumer.Assignment is not [var owned, ..]) return false;
            _producer.BeginTransaction();
            try
            {
                _producer.Produce(new TopicPartition(_options.Output.Results, 0), new Message<byte[], byte[]> { Value = "half a transaction"u8.ToArray() });
                _producer.Flush(TimeSpan.FromSeconds(10));
                _producer.SendOffsetsToTransaction([new TopicPartitionOffset(owned, 7)], _consumer.ConsumerGroupMetadata, TimeSpan.FromSeconds(10));
                return true;
            }
            catch (KafkaException)
            {
                _producer.AbortTransaction();
                return false;
            }
        }
    }
}
