using Confluent.Kafka;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>Several redrives of one error topic: only the one that was started last goes on.</summary>
public class RedriveRaceTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Fact]
    public async Task LaterPublisherOfTheSameId_FencesTheEarlierAndAbortsItsTransaction()
    {
        var pipeline = NewPipeline();
        var scene = new RedriveScene(pipeline, Kafka);
        await scene.ProduceLettersAsync(1, _ => RejectionReason.ModelFailed);
        await scene.RedriveAsync();
        using var earlier = scene.NewPublisher();
        earlier.Begin();
        Assert.Null(earlier.Publish([Numbered(1)]));

        using var later = scene.NewPublisher();
        later.Begin();

        var refused = Assert.ThrowsAny<KafkaException>(() => earlier.Publish([Numbered(2)]));
        Assert.True(Redrive.IsShutOut(refused.Error), $"{refused.Error.Code}: {refused.Error.Reason}");
        Assert.Null(later.Publish([Numbered(3)]));
        Assert.Equal([1, 3], (await scene.ReadAsync(pipeline.Output)).Select(r => (int)r.Value![0]));

        (ProducerRecord, Partition) Numbered(byte i) => (new ProducerRecord(pipeline.Output, 0, null, [i], []), 0);
    }

    [Fact]
    public async Task ThreeAtOnce_EachLetterIsRedrivenOnce_AndThoseThatEndEarlySayWhy()
    {
        var pipeline = NewPipeline();
        var scene = new RedriveScene(pipeline, Kafka);
        var letters = await scene.ProduceLettersAsync(6000, _ => RejectionReason.ModelFailed);

        var ends = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => scene.RedriveAsync()));

        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(Environment.NewLine, ends.Select(e => $"{e.Counts.Redriven} redriven, {e.Counts.RedrivenBefore} before; {e.Obstacle ?? "to the end"}")));
        Assert.Contains(ends, e => e.Obstacle is null);
        Assert.All(ends, e => Assert.True(e.Obstacle is null || e.Obstacle.Contains("shut this one out", StringComparison.Ordinal), e.Obstacle));
        var redriven = await scene.RedrivenAsync(letters);
        RedriveScene.AssertSame(letters, redriven);
    }
}
