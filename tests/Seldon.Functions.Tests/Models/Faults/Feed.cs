using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Records that are handed to an engine as a host does: so many at a time, the next one when one is decided.</summary>
internal static class Feed
{
    /// <summary>The outcomes of all records, in their order.</summary>
    public static Task<Outcome[]> All(EngineUnderTest engine, IReadOnlyList<Record> records, int window, FakeTimeProvider? clock = null) =>
        All(engine.Infer, records, window, clock);

    /// <summary>The outcomes of all records, in their order.</summary>
    public static async Task<Outcome[]> All(Func<Record, Task<Outcome>> infer, IReadOnlyList<Record> records, int window, FakeTimeProvider? clock = null)
    {
        using var free = new SemaphoreSlim(window);
        var outcomes = new Task<Outcome>[records.Count];
        var feeding = Task.Run(async () =>
        {
            for (var i = 0; i < records.Count; i++)
            {
                await free.WaitAsync(TestContext.Current.CancellationToken);
                outcomes[i] = One(records[i]);
            }
            return await Task.WhenAll(outcomes);
        }, TestContext.Current.CancellationToken);
        await Until.True(() => feeding.IsCompleted, clock, "all records are decided");
        return await feeding;

        async Task<Outcome> One(Record record)
        {
            var outcome = await infer(record);
            free.Release();
            return outcome;
        }
    }

    /// <summary>Good records, but for those of the share that say "bad".</summary>
    public static List<Record> Some(Transport transport, int count, int everyBad = int.MaxValue, int from = 0) =>
        [.. Enumerable.Range(from, count).Select(i => TestRecords.Good(transport, i, i % everyBad == everyBad - 1 ? "bad" : "good"))];
}
