using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>Checks what came out against what went in.</summary>
internal static class Account
{
    /// <summary>Every input record came out.</summary>
    public static void NothingIsLost(IEnumerable<Input> inputs, Published published)
    {
        var lost = Places(inputs).Where(place => !published.Contains(place)).ToList();
        Assert.Empty(lost);
    }

    /// <summary>Every input record came out once, and nothing else did.</summary>
    public static void EachOnce(IEnumerable<Input> inputs, Published published) => Assert.Equal(
        Places(inputs).OrderBy(p => p.Partition).ThenBy(p => p.Offset),
        published.All.Select(p => p.Source).OrderBy(p => p.Partition).ThenBy(p => p.Offset));

    /// <summary>Every input record comes out once and in order, and nothing else does until the host is done.</summary>
    /// <param name="done">Stops the host, or waits until it has done all.</param>
    public static async Task EachOnceInOrderAsync(IReadOnlyCollection<Input> inputs, Published published, Func<Task> done)
    {
        await published.UntilSources(inputs.Count);
        await done();
        await published.UntilEnd();

        EachOnce(inputs, published);
        InOrder(published);
    }

    /// <summary>What stems from one input partition and stands in one partition stands there in input order.</summary>
    /// <param name="restarts">How often reading started anew at a committed offset, so that records were delivered again.</param>
    public static void InOrder(Published published, int restarts = 0)
    {
        foreach (var row in published.All.GroupBy(p => (p.Source.Partition, p.Record.Topic, Target: p.Record.Partition)))
        {
            var offsets = row.Select(p => p.Source.Offset).ToList();
            var descents = Enumerable.Range(1, offsets.Count - 1).Count(i => offsets[i] <= offsets[i - 1]);
            Assert.True(descents <= restarts, $"{row.Key}: {string.Join(' ', offsets)}");
        }
    }

    /// <summary>The places of the records, in the order of the inputs.</summary>
    public static IEnumerable<Place> Places(IEnumerable<Input> inputs)
    {
        var next = new Dictionary<int, long>();
        foreach (var input in inputs)
        {
            var offset = next.GetValueOrDefault(input.Partition);
            next[input.Partition] = offset + 1;
            yield return new Place(input.Partition, offset);
        }
    }
}
