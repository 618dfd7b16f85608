using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Tests.App;

/// <summary>The app under a loop that obeys the rules of the Functions host: nothing is lost, and only a batch that was interrupted comes twice.</summary>
public class TriggerLoopTests
{
    private const string BatchSize = "AzureFunctionsJobHost:extensions:kafka:maxBatchSize";

    [Fact]
    public async Task BatchesOfSeveralPartitions_EachRecordComesOnceInOrderAndIsCommitted()
    {
        await using var bed = await FunctionBed.CreateAsync();
        bed.Bed.Model.Script = Latency.UpTo(10);
        var inputs = Input.Spread(4, 500);
        await bed.Bed.ProduceAsync(inputs);
        var loop = await bed.StartAsync((BatchSize, "300"));
        using var published = bed.Bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, () => Until.True(() => bed.Bed.Committed().Sum() == inputs.Count));
        Assert.All(loop.Invocations, i => Assert.Equal((0, true), (i.Attempt, i.HasSucceeded)));
        Assert.Contains(loop.Invocations, i => i.Records.Length == 300 && i.Records.DistinctBy(r => r.Partition).Count() > 1);
    }

    [Fact]
    public async Task FunctionThrows_TheSameBatchRunsAgainAndNothingIsCommittedBefore()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        await bed.Bed.ProduceAsync(Input.Many(0, 10));
        var (attempts, committed) = (0, new List<long>());
        await using var loop = new KafkaTriggerLoop(new TriggerOptions(bed.Configuration()), (_, _) =>
        {
            committed.Add(bed.Bed.Committed()[0]);
            return ++attempts < 4 ? throw new InvalidOperationException("The function fails.") : Task.CompletedTask;
        });

        await Until.True(() => bed.Bed.Committed()[0] == 10);

        Assert.Equal([0, 0, 0, 0], committed);
        Assert.Equal([0, 1, 2, 3], loop.Invocations.Select(i => i.Attempt));
        Assert.Single(loop.Invocations.Select(i => i.ToString()).Distinct());
    }

    [Fact]
    public async Task ModelIsGoneForAWhile_TheBatchIsHeldAndRunsOnce()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 100);
        var loop = await bed.StartAsync((BatchSize, "50"));
        using var published = bed.Bed.Read();
        await bed.Bed.ProduceAsync(inputs.Take(100));
        await published.UntilSources(100);

        await bed.Bed.Model.StopAsync();
        await bed.Bed.ProduceAsync(inputs.Skip(100));
        await Until.True(() => bed.Logs.Has("cannot be reached", LogLevel.Warning));
        await Until.True(() => bed.Bed.Committed().Sum() == 100);
        await bed.Bed.Model.RestartAsync();

        await Account.EachOnceInOrderAsync(inputs, published, () => Until.True(() => bed.Bed.Committed().Sum() == inputs.Count));
        Assert.Empty(published.DeadLetters);
        Assert.All(loop.Invocations, i => Assert.Equal(0, i.Attempt));
    }

    [Theory]
    [InlineData(6)] // NOT_LEADER_OR_FOLLOWER
    [InlineData(29)] // TOPIC_AUTHORIZATION_FAILED
    public async Task BrokerRefusesForAWhile_EachRecordComesOnceInOrder(int code)
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 100);
        await bed.Bed.ProduceAsync(inputs);
        bed.Bed.Broker.PushProduceErrors([.. Enumerable.Repeat(code, 5)]);
        // One batch a partition, for what the mock broker does not check.
        var loop = await bed.StartAsync(("Seldon:Kafka:Producer:linger.ms", "300"));
        using var published = bed.Bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, () => Until.True(() => bed.Bed.Committed().Sum() == inputs.Count));
        Assert.Empty(published.DeadLetters);
        Assert.All(loop.Invocations, i => Assert.Equal(0, i.Attempt));
    }

    [Fact]
    public async Task StoppedInTheMiddle_OnlyRecordsOfTheInterruptedBatchComeTwice()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 200);
        var (interrupted, published) = await HoldOneBatchAsync(bed, inputs);
        using (published)
        {
            var first = await bed.StartAsync((BatchSize, "100"));
            await interrupted(() => (Count(first.Invocations), Count(first.Invocations.Where(i => i.HasSucceeded == true))));
            var batch = first.Invocations[^1];
            await first.DisposeAsync();
            Assert.False(first.Invocations[^1].HasSucceeded);

            bed.Bed.Model.Script = _ => Reactions.Digest;
            await bed.StartAsync((BatchSize, "100"));
            await AssertOnlyTwice(bed, inputs, published, [.. batch.Records.Select(r => new Place(r.Partition, r.Offset))]);
        }

        static int Count(IEnumerable<Invocation> invocations) => invocations.Sum(i => i.Records.Length);
    }

    [Fact]
    public async Task ProcessIsKilledInTheMiddle_OnlyRecordsOfTheInterruptedBatchComeTwice()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 200);
        var (interrupted, published) = await HoldOneBatchAsync(bed, inputs);
        using (published)
        {
            Place[] batch;
            using (var first = HostProcess.StartProgram("Seldon.Functions.TriggerLoop.dll", bed.SettingsWith((BatchSize, "100"))))
            {
                await interrupted(() => (Places(first, "begin").Count(), Places(first, "done").Count()));
                batch = [.. Lines(first, "begin").Last().Split(' ').Skip(1).Select(ToPlace)];
                await first.KillAsync();
            }

            bed.Bed.Model.Script = _ => Reactions.Digest;
            using var second = HostProcess.StartProgram("Seldon.Functions.TriggerLoop.dll", bed.SettingsWith((BatchSize, "100")));
            await AssertOnlyTwice(bed, inputs, published, batch);
            second.Terminate();
            Assert.Equal(0, await second.ExitCodeAsync());
        }

        static IEnumerable<string> Lines(HostProcess process, string word) =>
            process.Output.Split('\n', StringSplitOptions.TrimEntries).Where(l => l.StartsWith(word, StringComparison.Ordinal));

        static IEnumerable<Place> Places(HostProcess process, string word) => Lines(process, word).SelectMany(l => l.Split(' ').Skip(1)).Select(ToPlace);

        static Place ToPlace(string text) => text.Split('/') is [var partition, var offset]
            ? new Place(int.Parse(partition, System.Globalization.CultureInfo.InvariantCulture), long.Parse(offset, System.Globalization.CultureInfo.InvariantCulture))
            : throw new FormatException(text);
    }

    /// <summary>
    /// Puts the records on the topic and makes the model hold one back. What is returned waits until its batch is done but for that
    /// record and what is behind it, and all batches before are committed; it is told how many records have begun and are done.
    /// </summary>
    private static async Task<(Func<Func<(int Begun, int Done)>, Task> Interrupted, Published Published)> HoldOneBatchAsync(FunctionBed bed, IReadOnlyList<Input> inputs)
    {
        bed.Bed.Model.Script = call => call.Says("\"2-120\"") ? Reactions.Hang : Reactions.Digest;
        await bed.Bed.ProduceAsync(inputs);
        var published = bed.Bed.Read();
        return (async counts =>
        {
            await Until.True(() => bed.Bed.Model.Calls.Any(c => c.Says("\"2-120\"")) && bed.Bed.Model.Calls.Count == counts().Begun);
            await Until.True(() => bed.Bed.Committed().Sum() == counts().Done);
            await published.UntilEnd();
            Assert.InRange(published.Sources, counts().Done + 1, inputs.Count - 1);
        }, published);
    }

    private static async Task AssertOnlyTwice(FunctionBed bed, IReadOnlyList<Input> inputs, Published published, Place[] interrupted)
    {
        await published.UntilSources(inputs.Count);
        await Until.True(() => bed.Bed.Committed().Sum() == inputs.Count);
        await published.UntilEnd();
        Account.NothingIsLost(inputs, published);
        Account.InOrder(published, restarts: 1);
        Assert.Empty(published.DeadLetters);
        var twice = published.All.GroupBy(p => p.Source).Where(g => g.Count() > 1).Select(g => g.Key).ToList();
        Assert.NotEmpty(twice);
        Assert.Empty(twice.Except(interrupted));
    }
}
