using Seldon.Functions.KafkaTests.Campaign;

namespace Seldon.Functions.KafkaTests;

/// <summary>Transactions where something else than a fault of the campaign goes wrong.</summary>
public class ExactlyOnceTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int TakenOver = 233;
    private const int TransactionAborted = 232;

    [Fact]
    public async Task TwoInstancesHaveOneTransactionalId_EachTakesItFromTheOtherAndNothingComesTwice()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        var settings = pipeline.Settings(("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_TRANSACTIONAL_ID", $"{pipeline.Group}.one"), ("KAFKA_WORKERS", "2"));
        await Kafka.ProduceAsync(flowers.All());
        await using (var first = Instance.Start(settings))
        {
            await Kafka.UntilCountAsync(pipeline.Output, 200);
            await using (var second = Instance.Start(settings))
            {
                await Until.True(() => first.Log.Of(TakenOver).Count + second.Log.Of(TakenOver).Count > 0, () => $"the id is taken over: {first.Log}");
            }
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(2), first.Log.ToString);
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    [Fact]
    public async Task TransactionalIdIsDenied_EndsAtStartAndSaysWhatToGrant()
    {
        await using var broker = await KafkaBroker.StartAsync(Fixture.Home, 1, AccessFault.Authorizer);
        using var topics = new KafkaTopics(broker.Plaintext);
        var pipeline = new Pipeline(topics, Model.RestUrl, Model.GrpcUrl, NewName());
        await pipeline.CreateTopicsAsync();
        // The client has no word for this kind of resource; Kafka's own tool has.
        await using var acl = HostProcess.Start(
            "sh",
            [
                Path.Combine(Fixture.Home.Folder, "tool.sh"), "org.apache.kafka.tools.AclCommand", "--bootstrap-server", broker.Plaintext, "--add",
                "--deny-principal", "User:alice", "--operation", "Write", "--transactional-id", pipeline.Group, "--resource-pattern-type", "prefixed",
            ],
            []);
        Assert.Equal(0, await acl.ExitCodeAsync());
        await using var instance = Executable.Run(pipeline.Settings(
            ("KAFKA_BROKER", broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"), ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"),
            ("KAFKA_SASL_USERNAME", "alice"), ("KAFKA_SASL_PASSWORD", "alice-secret"), ("KAFKA_DELIVERY", "exactly-once")));

        Assert.Equal(2, await instance.ExitCodeAsync());
        Assert.Contains(instance.Lines, l => l.Contains("grant WRITE and DESCRIBE", StringComparison.Ordinal) && l.Contains($"'{pipeline.Group}.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ResultsTopicIsDeletedAndMadeAgain_AllThatWasNotInItComesOnce()
    {
        Assert.SkipWhen(await Kafka.MakesTopicsAsync(), "This Kafka makes topics by itself (auto.create.topics.enable).");
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(1500);
        await Kafka.ProduceAsync(flowers.All().Take(500));
        await using (var instance = Instance.Start(pipeline.Settings(("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_WORKERS", "8"))))
        {
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
            var before = (await Account.ReadAsync(pipeline, Kafka)).Results.Count;
            await Kafka.DeleteAsync(pipeline.Output);
            await Kafka.ProduceAsync(flowers.All().Skip(500));
            await instance.UntilSaidAsync(209, pipeline.Output);
            await Kafka.CreateAsync(pipeline.Output, 2);
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(2), instance.Log.ToString);
            var after = await Account.ReadAsync(pipeline, Kafka);
            Assert.Equal((0, 0), (after.Duplicates, after.OutOfOrder));
            Assert.Equal(1500, before + after.Out.Count);
        }
    }

    /// <summary>The group's coordinator takes no offsets for a while: then no result is published either, or it would come again.</summary>
    [Fact]
    public async Task OffsetsAreDenied_NoResultIsPublishedWithoutThem()
    {
        await using var broker = await KafkaBroker.StartAsync(Fixture.Home, 1, AccessFault.Authorizer);
        using var topics = new KafkaTopics(broker.Plaintext);
        var pipeline = new Pipeline(topics, Model.RestUrl, Model.GrpcUrl, NewName());
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2000);
        await topics.ProduceAsync(flowers.All());
        await using (var instance = Instance.Start(pipeline.Settings([.. AccessFault.AsAlice(broker), ("KAFKA_DELIVERY", "exactly-once"), ("KAFKA_WORKERS", "2")])))
        {
            await topics.UntilCountAsync(pipeline.Output, 200);
            await topics.DenyGroupAsync("alice", pipeline.Group);
            await instance.UntilSaidAsync(TransactionAborted);
            await topics.GrantGroupAsync("alice", pipeline.Group);
            await topics.UntilCommittedAsync(pipeline.Group, pipeline.Input, TimeSpan.FromMinutes(3), instance.Log.ToString);
        }
        (await Account.ReadAsync(pipeline, topics)).AssertExact(flowers);
    }
}
