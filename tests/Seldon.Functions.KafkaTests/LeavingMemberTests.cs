using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>
/// A member that leaves while the group is giving it partitions: the client takes all of them back, and has left, before it has told
/// anybody. What it is asked from then on it may never answer.
/// </summary>
public class LeavingMemberTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Assigned = 202;
    private const int Revoked = 203;
    private const int Stopped = 216;
    private const int Native = 217;
    private const int Records = 400;
    private const string Given = "delegating incremental assign";
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task PartitionsAreGivenWhileItLeaves_ItEndsAndNothingIsReadTwice(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(2 * Records);
        var records = flowers.All().ToList();
        var settings = pipeline.Settings(("KAFKA_GROUP_PROTOCOL", protocol), ("Seldon:Kafka:Consumer:debug", "cgrp"));
        using var given = new ManualResetEventSlim();
        await using (var leaving = Instance.Start(settings))
        {
            await leaving.UntilSaidAsync(Assigned);
            leaving.Log.Said = line =>
            {
                // It has finished, and is about to leave; then it is told, late, that its partitions are gone.
                if (line.Id == Stopped) given.Wait(Longest);
                if (line.Id == Revoked && given.IsSet) Assert.True(SpinWait.SpinUntil(() => Said(leaving, "sub-system terminated") > 0, Longest));
            };
            Task stopping;
            int before;
            await using (var other = Instance.Start(settings))
            {
                await other.UntilSaidAsync(Assigned);
                await Kafka.ProduceAsync(records.Take(Records));
                await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
                stopping = leaving.StopAsync();
                await leaving.UntilSaidAsync(Stopped);
                before = Said(leaving, Given);
            }
            await Until.True(() => Said(leaving, Given) > before, () => $"what the other one had is given to the one that leaves: {leaving.Log}");
            given.Set();
            await stopping;
        }
        await using (Instance.Start(settings))
        {
            await Kafka.ProduceAsync(records.Skip(Records));
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input);
        }
        (await Account.ReadAsync(pipeline, Kafka)).AssertExact(flowers);
    }

    /// <summary>How often the client said it.</summary>
    private static int Said(Instance instance, string text) => instance.Log.Of(Native).Count(l => l.Text.Contains(text, StringComparison.Ordinal));
}
