using System.Text;
using Seldon.Functions.Kafka.Redriving;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>Dead letters go back to their input topics as they were, those that are chosen, each once.</summary>
public class RedriveTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    [Fact]
    public async Task AnyBytesAndHeaders_ComeBackExactlyAndToTheirPartitions()
    {
        var (pipeline, scene) = NewScene();
        await pipeline.CreateTopicsAsync();
        Header[] headers = [new("null", null), new("empty", []), new("twice", [1]), new("bytes", [0, 0xff]), new("twice", [2]), new("Twice", [3]), new("", [4])];
        byte[]?[] keys = [null, [], "k"u8.ToArray(), [0, 0xff, 0xfe]];
        byte[]?[] values = [null, [], "{}"u8.ToArray(), [0xff, 0, 0xfe]];
        var letters = await scene.ProduceLettersAsync(
            [.. from key in keys from value in values from partition in Enumerable.Range(0, 4) select new ProducerRecord(pipeline.Input, partition, key, value, partition == 0 ? [] : headers)],
            _ => RejectionReason.ModelFailed);

        var (counts, obstacle) = await scene.RedriveAsync();

        Assert.Null(obstacle);
        Assert.Equal((64, 64), (counts.Read, counts.Redriven));
        RedriveScene.AssertSame(letters, await scene.RedrivenAsync(letters));
        // Dead letters again, and put back again: the second round.
        var first = await scene.RedrivenAsync(letters);
        await Kafka.ProduceAsync(first.Select(r => DeadLetter.From(r, new Rejection(RejectionReason.ModelFailed, "Again."), pipeline.Errors)));
        Assert.Equal(64, (await scene.RedriveAsync(RedriveScene.All with { MaxRedrives = 1 })).Counts.TooOften);
        Assert.Equal(64, (await scene.RedriveAsync(RedriveScene.All with { MaxRedrives = 2 })).Counts.Redriven);
        RedriveScene.AssertSame(letters, await scene.RedrivenAsync([.. letters, .. first]), round: 2);
    }

    [Fact]
    public async Task LettersOfOneInputPartitionAndKey_ComeBackInTheirOrder()
    {
        var (_, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(700, _ => RejectionReason.ModelFailed);

        await scene.RedriveAsync();

        // What shares key and partition went through one partition of the error topic.
        var redriven = await scene.RedrivenAsync(letters);
        Assert.Equal(700, redriven.Count);
        foreach (var row in redriven.GroupBy(r => (r.Partition, Key: r.Key is null ? null : Encoding.UTF8.GetString(r.Key))))
            Assert.Equal(row.Select(RedriveScene.NumberOf).Order(), row.Select(RedriveScene.NumberOf));
    }

    [Fact]
    public async Task Filters_ChooseAndTheOthersStayChoosable()
    {
        var (pipeline, scene) = NewScene();
        RejectionReason[] reasons = [RejectionReason.ModelFailed, RejectionReason.ModelTimeout, RejectionReason.InvalidJson];
        var letters = await scene.ProduceLettersAsync(120, i => reasons[i % 3], i => i % 4 == 0 ? "a" : "b");

        await AssertRedriven(new(["model-timeout"], ["a"], null, null), i => i % 3 == 1 && i % 4 == 0);
        await AssertRedriven(new(["model-timeout", "model-failed"], [], null, 7), count: 7);
        await AssertRedriven(new(["model-timeout", "model-failed"], [], null, null), count: 80 - 10 - 7);
        await AssertRedriven(new(["model-timeout", "model-failed"], [], null, null), count: 0);
        await AssertRedriven(new([], ["a"], null, null), i => i % 3 == 2 && i % 4 == 0);
        await AssertRedriven(RedriveScene.All, i => i % 3 == 2 && i % 4 != 0);
        await AssertRedriven(RedriveScene.All, count: 0);

        var redriven = await scene.RedrivenAsync(letters);
        Assert.Equal(Enumerable.Range(0, 120), redriven.Select(r => RedriveScene.NumberOf(r)!.Value).Order());
        Assert.Equal(120, (await scene.ReadAsync(pipeline.Errors)).Count);

        async Task AssertRedriven(RedriveFilter filter, Func<int, bool>? which = null, int? count = null)
        {
            var before = await scene.ReadAsync(pipeline.Input);
            var (counts, obstacle) = await scene.RedriveAsync(filter);
            Assert.Null(obstacle);
            var now = (await scene.RedrivenAsync(before)).Select(r => RedriveScene.NumberOf(r)!.Value).ToList();
            Assert.Equal(count ?? now.Count, counts.Redriven);
            Assert.Equal(now.Count, counts.Redriven);
            if (which is not null) Assert.Equal(Enumerable.Range(0, 120).Where(which), now.Order());
            if (filter.Limit is null) Assert.Equal(120, counts.Redriven + counts.RedrivenBefore + counts.NotChosen);
        }
    }

    [Fact]
    public async Task Since_ChoosesByTheTimeOnTheErrorTopic()
    {
        var (pipeline, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(20, _ => RejectionReason.ModelFailed);
        var last = (await scene.ReadAsync(pipeline.Errors)).Max(r => r.Timestamp);
        await Until.True(() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() > last, () => "the next millisecond comes");
        await Kafka.ProduceAsync([DeadLetter.From(letters[3] with { Offset = 1000 }, new Rejection(RejectionReason.ModelFailed, "Again."), pipeline.Errors)]);
        var since = DateTimeOffset.FromUnixTimeMilliseconds(last + 1);

        Assert.Equal((1, 20), await RedrivenAndNotChosenAsync(RedriveScene.All with { Since = since }));
        Assert.Equal((0, 21), await RedrivenAndNotChosenAsync(RedriveScene.All with { Since = since.AddHours(1) }));
        Assert.Equal((20, 0), await RedrivenAndNotChosenAsync(RedriveScene.All with { Since = since.AddHours(-1) }));

        async Task<(int, int)> RedrivenAndNotChosenAsync(RedriveFilter filter)
        {
            var (counts, _) = await scene.RedriveAsync(filter);
            return (counts.Redriven, counts.NotChosen);
        }
    }

    [Fact]
    public async Task DryRun_CountsAndWritesNothing()
    {
        var (pipeline, scene) = NewScene();
        await scene.ProduceLettersAsync(50, i => i < 20 ? RejectionReason.ModelFailed : RejectionReason.InvalidJson);
        var (inputs, errors) = (await Kafka.CountAsync(pipeline.Input), await Kafka.CountAsync(pipeline.Errors));

        var (counts, obstacle) = await scene.RedriveAsync(new(["model-failed"], [], null, null), isDryRun: true);

        Assert.Null(obstacle);
        Assert.Equal((50, 20, 30), (counts.Read, counts.Redriven, counts.NotChosen));
        Assert.Equal(20, Assert.Single(Assert.Single(counts.ByReason, r => r.Key == "model-failed").Value, t => t.Key == pipeline.Input).Value);
        Assert.Equal((inputs, errors), (await Kafka.CountAsync(pipeline.Input), await Kafka.CountAsync(pipeline.Errors)));
        Assert.Equal(0, Kafka.Partitions(scene.Marks));
        // The next one finds everything as it was, and a dry run after it sees what it did.
        Assert.Equal(20, (await scene.RedriveAsync(new(["model-failed"], [], null, null))).Counts.Redriven);
        var (after, _) = await scene.RedriveAsync(isDryRun: true);
        Assert.Equal((30, 20), (after.Redriven, after.RedrivenBefore));
    }

    [Fact]
    public async Task DeadLettersOfOneRecord_AreOne_AndOfARecreatedTopicAreOthers()
    {
        var (pipeline, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(10, _ => RejectionReason.ModelFailed);
        var rejection = new Rejection(RejectionReason.ModelTimeout, "Again.");
        await Kafka.ProduceAsync(letters.Select(l => DeadLetter.From(l, rejection, pipeline.Errors)));
        await Kafka.ProduceAsync(letters.Select(l => DeadLetter.From(l with { Timestamp = l.Timestamp + 1 }, rejection, pipeline.Errors)));

        var (counts, _) = await scene.RedriveAsync();

        Assert.Equal((20, 10), (counts.Redriven, counts.RedrivenBefore));
    }

    [Fact]
    public async Task ErrorTopicIsMadeAnew_ItsLettersAreRedriven()
    {
        var (pipeline, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(10, _ => RejectionReason.ModelFailed);
        await scene.RedriveAsync();
        var redriven = await scene.RedrivenAsync(letters);
        await Kafka.DeleteAsync(pipeline.Errors);
        await Kafka.CreateAsync(pipeline.Errors, 2);
        await Kafka.ProduceAsync(redriven.Select(r => DeadLetter.From(r, new Rejection(RejectionReason.ModelFailed, "Again."), pipeline.Errors)));

        Assert.Equal(10, (await scene.RedriveAsync()).Counts.Redriven);
    }

    private (Pipeline, RedriveScene) NewScene()
    {
        var pipeline = NewPipeline();
        return (pipeline, new RedriveScene(pipeline, Kafka));
    }
}
