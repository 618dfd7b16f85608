using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Redriving;

/// <summary>What became of the dead letters that were read so far; each is counted once.</summary>
internal sealed class RedriveCounts
{
    /// <summary>Dead letters and other records that were read from the error topics.</summary>
    public int Read { get; set; }

    /// <summary>Put back on their input topics; in a dry run, those that would be.</summary>
    public int Redriven { get; set; }

    /// <summary>Redriven before, by this run or an earlier one.</summary>
    public int RedrivenBefore { get; set; }

    /// <summary>Not chosen by the filters.</summary>
    public int NotChosen { get; set; }

    /// <summary>Chosen, but redriven as often already as a record may be.</summary>
    public int TooOften { get; set; }

    /// <summary>Chosen, but cut, since the error topic refused them for their size: without their values, or without their keys and headers. They cannot be redriven.</summary>
    public int WithoutValue { get; set; }

    /// <summary>Chosen, but their input topic is not there.</summary>
    public int TopicMissing { get; set; }

    /// <summary>Chosen, but their input topic refuses them.</summary>
    public int Refused { get; set; }

    /// <summary>Records that are no dead letters.</summary>
    public int Foreign { get; set; }

    /// <summary>How many there are to put back, by the reason of the dead letter and its input topic.</summary>
    public SortedDictionary<string, SortedDictionary<string, int>> ByReason { get; } = new(StringComparer.Ordinal);

    /// <summary>The topics that are missing or refuse a letter, and why.</summary>
    public SortedSet<string> Obstacles { get; } = new(StringComparer.Ordinal);

    /// <summary>One more is to be put back.</summary>
    public void Add(DeadLetterNote letter)
    {
        if (!ByReason.TryGetValue(letter.Reason, out var topics)) ByReason[letter.Reason] = topics = new(StringComparer.Ordinal);
        topics[letter.Topic] = topics.GetValueOrDefault(letter.Topic) + 1;
    }
}
