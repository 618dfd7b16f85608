using System.Diagnostics;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>What stands on the output topic and the error topic, read by a reader that knows nothing of the host.</summary>
internal sealed class Published(KafkaOptions options) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    private readonly TopicReader _reader = new(options, "tests", TestBed.Output, TestBed.Errors);
    private readonly List<Publication> _all = [];
    private readonly HashSet<Place> _sources = [];

    /// <summary>All that was read, in the order of each partition.</summary>
    public IReadOnlyList<Publication> All => _all;

    public IEnumerable<Publication> Results => _all.Where(p => !p.IsDeadLetter);

    public IEnumerable<Publication> DeadLetters => _all.Where(p => p.IsDeadLetter);

    /// <summary>How many different input records have come out.</summary>
    public int Sources => _sources.Count;

    /// <summary>Reads until so many different input records have come out.</summary>
    public Task UntilSources(int count) => Until(() => _sources.Count >= count, $"{count} records come out");

    /// <summary>Reads all that stands on the topics now.</summary>
    public Task UntilEnd() => Until(_reader.HasReadUpToNow(), "the topics are read to their ends");

    /// <summary>Whether the input record has come out.</summary>
    public bool Contains(Place source) => _sources.Contains(source);

    /// <summary>Reads until the condition holds.</summary>
    public Task Until(Func<bool> condition, string what) => Task.Run(() =>
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Deadline) Assert.Fail($"Not within {Deadline.TotalSeconds} s: {what}; {_sources.Count} came out.");
            if (_reader.Read(TimeSpan.FromMilliseconds(20)) is not { } record) continue;
            var publication = new Publication(record);
            _all.Add(publication);
            _sources.Add(publication.Source);
        }
    });

    public void Dispose() => _reader.Dispose();
}
