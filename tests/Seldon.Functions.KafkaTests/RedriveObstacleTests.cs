using System.Security.Cryptography;
using System.Text;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>What cannot be redriven is counted and said, and stops nothing else.</summary>
public class RedriveObstacleTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Fact]
    public async Task ErrorTopicIsMissing_IsSaid()
    {
        var pipeline = NewPipeline();
        await Kafka.CreateAsync(pipeline.Input, 1);

        var (_, obstacle) = await new RedriveScene(pipeline, Kafka).RedriveAsync();

        Assert.Contains($"{pipeline.Errors} is not there", obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoBrokerAnswers_IsSaid()
    {
        var scene = new RedriveScene(NewPipeline(), Kafka) { Settings = { ["KAFKA_BROKER"] = "127.0.0.1:1" } };

        var (counts, obstacle) = await scene.RedriveAsync();

        Assert.Equal(0, counts.Read);
        Assert.StartsWith("Kafka at 127.0.0.1:1: no broker answers", obstacle, StringComparison.Ordinal);
        Assert.Contains("refused", obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListenerWithTls_IsSaidWithWhatToDo()
    {
        if (Fixture.Broker is null) Assert.Skip("Only the broker that the tests start themselves has a listener with TLS.");
        var scene = new RedriveScene(NewPipeline(), Kafka) { Settings = { ["KAFKA_BROKER"] = Fixture.Broker.Ssl } };

        var (_, obstacle) = await scene.RedriveAsync();

        Assert.StartsWith($"Kafka at {Fixture.Broker.Ssl}: no broker answers", obstacle, StringComparison.Ordinal);
        Assert.Contains("if it expects TLS, set KAFKA_SECURITY_PROTOCOL to SSL", obstacle, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InputTopicIsGone_ItsLettersWaitAndTheOthersAreRedriven()
    {
        var pipeline = NewPipeline();
        var scene = new RedriveScene(pipeline, Kafka);
        var letters = await scene.ProduceLettersAsync(30, _ => RejectionReason.ModelFailed);
        var gone = $"{pipeline.Input}.gone";
        await Kafka.ProduceAsync(letters.Take(5).Select(l => DeadLetter.From(l with { Topic = gone }, new Rejection(RejectionReason.ModelFailed, "It failed."), pipeline.Errors)));

        var (counts, obstacle) = await scene.RedriveAsync();

        Assert.Null(obstacle);
        Assert.Equal((30, 5), (counts.Redriven, counts.TopicMissing));
        Assert.Equal($"{gone} is not there", Assert.Single(counts.Obstacles));
        Assert.Equal(0, Kafka.Partitions(gone));

        await Kafka.CreateAsync(gone, 2);
        var (then, _) = await scene.RedriveAsync();
        Assert.Equal((5, 30, 0), (then.Redriven, then.RedrivenBefore, then.TopicMissing));
        Assert.Equal(5, (await scene.ReadAsync(gone)).Count);
    }

    [Fact]
    public async Task LettersWithoutTheirValuesAndForeignRecords_AreCountedAndLeft()
    {
        var pipeline = NewPipeline();
        var scene = new RedriveScene(pipeline, Kafka);
        var letters = await scene.ProduceLettersAsync(10, _ => RejectionReason.ModelFailed);
        var cut = DeadLetter.From(letters[0] with { Offset = 1000 }, new Rejection(RejectionReason.ModelFailed, "It failed."), pipeline.Errors);
        Header[] notOurs = [new("seldon-error-reason", "model-failed"u8.ToArray()), new("seldon-error-topic", Encoding.UTF8.GetBytes(pipeline.Input)), new("seldon-error-partition", "-1"u8.ToArray())];
        await Kafka.ProduceAsync(
        [
            DeadLetter.WithoutValue(cut), DeadLetter.OnlyReason(cut), DeadLetter.OnlyReason(cut with { Value = null }),
            new ProducerRecord(pipeline.Errors, 0, null, "{}"u8.ToArray(), []), new ProducerRecord(pipeline.Errors, 0, null, "{}"u8.ToArray(), notOurs),
        ]);

        var (counts, obstacle) = await scene.RedriveAsync();

        Assert.Null(obstacle);
        Assert.Equal((15, 10, 3, 2), (counts.Read, counts.Redriven, counts.WithoutValue, counts.Foreign));
        Assert.Equal(10, (await scene.RedrivenAsync(letters)).Count);
    }

    [Fact]
    public async Task InputTopicRefusesSome_TheyAreCountedAndTheOthersRedriven()
    {
        var pipeline = NewPipeline();
        var scene = new RedriveScene(pipeline, Kafka);
        await pipeline.CreateTopicsAsync(1);
        // The input topic took them all once, and has been re-created: compacted, and for small records only.
        var letters = await scene.ProduceLettersAsync(
            [.. Enumerable.Range(0, 40).Select(i => new ProducerRecord(
                pipeline.Input, 0, i % 10 == 5 ? null : Encoding.UTF8.GetBytes($"key-{i}"), RandomNumberGenerator.GetBytes(i == 17 ? 50_000 : 10), []))],
            _ => RejectionReason.ModelFailed);
        await Kafka.DeleteAsync(pipeline.Input);
        await Kafka.CreateAsync(pipeline.Input, 1, ("cleanup.policy", "compact"), ("max.message.bytes", "20000"));

        var (counts, obstacle) = await scene.RedriveAsync();

        Assert.Null(obstacle);
        Assert.Equal((35, 5), (counts.Redriven, counts.Refused));
        Assert.Equal(2, counts.Obstacles.Count);
        RedriveScene.AssertSame(letters.Where(l => l.Key is not null && l.Value!.Length < 100), await scene.ReadAsync(pipeline.Input));
        // They keep no mark.
        var (again, _) = await scene.RedriveAsync();
        Assert.Equal((0, 35, 5), (again.Redriven, again.RedrivenBefore, again.Refused));
    }
}
