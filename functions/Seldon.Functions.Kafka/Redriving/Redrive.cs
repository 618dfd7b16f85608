using Confluent.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Redriving;

/// <summary>
/// Puts dead letters back on their input topics as the records that they were: each once, whatever interrupts it and however many run.
/// </summary>
/// <remarks>
/// What must be remembered is which letters were redriven. Offsets of a consumer group cannot say it: a letter that is not chosen
/// would be passed over with those that are, and could not be chosen later. (A set in the metadata of a committed offset could say it, but it
/// is limited to 4 KB, and Kafka forgets the offsets of a group that nobody uses, after a week by default, while letters may be older.)
/// Therefore each redriven letter leaves a mark on a compacted topic beside the error topic, by the record that it stems from, and that in
/// one Kafka transaction with the record itself: readers see both or neither.
/// <code>
/// error topic ──► chosen, and without a mark? ──► ┌ record to its input topic ┐ one transaction,
///                            ▲                    └ mark to NAME.redriven     ┘ 200 letters
///                            └── marks are read here, once, after all others are shut out
/// </code>
/// Killed amid a transaction: none of it is seen; the next run takes it back and begins with what has no mark. Two at a time: the id of
/// the transactions belongs to the error topic, so the one that starts later shuts out the earlier one, before it reads the marks; the
/// earlier one fails. What Kafka does not give: readers of the input topic that do not read committed records alone (our consumer does)
/// may see what was taken back.
/// </remarks>
internal sealed class Redrive : IDisposable
{
    private const int BatchRecords = 200;
    private const int Mendings = 3;
    private const long BatchBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly KafkaOptions _options;
    private readonly RedriveFilter _filter;
    private readonly bool _isDryRun;
    private readonly IAdminClient _admin;
    private readonly Dictionary<string, int> _partitions = [];
    private readonly List<(Record Letter, DeadLetterNote Note)> _batch = [];
    private long _batchBytes;
    private volatile string? _clientError, _connectionError;

    /// <param name="isDryRun">Whether only to count: then nothing is written, and no other redrive is shut out.</param>
    public Redrive(KafkaOptions options, RedriveFilter filter, bool isDryRun)
    {
        (_options, _filter, _isDryRun) = (options, filter, isDryRun);
        ErrorTopics = [.. options.RouteOutputs.Values.Prepend(options.Output).Select(o => o.Errors).Where(t => t.Length > 0).Distinct()];
        _admin = new AdminClientBuilder(ClientConfigs.Admin(options)).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => Remember(error)).Build();
    }

    /// <summary>The topics that dead letters are read from, one after the other.</summary>
    public IReadOnlyList<string> ErrorTopics { get; }

    public RedriveCounts Counts { get; } = new();

    /// <summary>Redrives all chosen letters that stand on the error topics when their turn comes. Null, or what stopped it.</summary>
    public async Task<string?> RunAsync(CancellationToken stop)
    {
        try
        {
            var missing = ErrorTopics.Where(t => PartitionsOf(t) == 0).ToList();
            if (missing.Count > 0) return $"The error topic {string.Join(", ", missing)} is not there. Nothing was redriven.";
            foreach (var topic in ErrorTopics) await RunAsync(topic, stop).ConfigureAwait(false);
            return null;
        }
        catch (KafkaException failure) when (IsShutOut(failure.Error))
        {
            return "Another redrive of the same error topic was started and has shut this one out. It goes on; nothing is redriven twice.";
        }
        catch (KafkaException failure) when (Unreachable.Is(failure.Error))
        {
            return $"Kafka at {_options.Broker}: {Unreachable.Describe(_options, _clientError ?? _connectionError)}. Run it again to go on; nothing is redriven twice.";
        }
        catch (KafkaException failure)
        {
            return $"Kafka: {failure.Error.Reason} ({failure.Error.Code}{(_clientError is null ? "" : $"; {_clientError}")}). Run it again to go on; nothing is redriven twice.";
        }
    }

    /// <summary>Whether the error says that another redrive of the same error topic has been started.</summary>
    internal static bool IsShutOut(Error error) => error.Code is ErrorCode.Local_Fenced or ErrorCode.InvalidProducerEpoch or ErrorCode.ProducerFenced;

    public void Dispose() => _admin.Dispose();

    private async Task RunAsync(string errorTopic, CancellationToken stop)
    {
        var marks = new RedriveMarks(_options, errorTopic);
        using var publisher = _isDryRun ? null : new TransactionalPublisher(_options, marks.Topic, Remember);
        if (publisher is not null)
        {
            if (PartitionsOf(marks.Topic) == 0)
            {
                await marks.MakeTopicAsync(_admin).ConfigureAwait(false);
                _partitions[marks.Topic] = RedriveMarks.Partitions;
            }
            publisher.Begin();
        }
        var redriven = marks.Read(stop);
        using var reader = new TopicReader(_options, $"{_options.Group}.redrive", errorTopic);
        foreach (var letter in reader.ReadUpToNow(stop))
        {
            if (Counts.Redriven + _batch.Count == _filter.Limit) break;
            Counts.Read++;
            if (Choose(letter, redriven) is not { } note) continue;
            Counts.Add(note);
            _batch.Add((letter, note));
            _batchBytes += letter.Size;
            if (_batch.Count == BatchRecords || _batchBytes >= BatchBytes || Counts.Redriven + _batch.Count == _filter.Limit) Flush(publisher, marks);
        }
        Flush(publisher, marks);
    }

    /// <summary>The letter's note if it is to be redriven; else it is counted as what it is.</summary>
    private DeadLetterNote? Choose(Record letter, HashSet<string> redriven)
    {
        if (DeadLetterNote.Read(letter) is not { } note) Counts.Foreign++;
        else if (!_filter.Chooses(letter, note)) Counts.NotChosen++;
        else if (note.Redrives >= _filter.MaxRedrives) Counts.TooOften++;
        else if (note.IsCut) Counts.WithoutValue++;
        else if (PartitionsOf(note.Topic) == 0) Miss(note.Topic);
        else if (!redriven.Add(note.Id)) Counts.RedrivenBefore++;
        else return note;
        return null;
    }

    private void Miss(string topic)
    {
        Counts.TopicMissing++;
        Counts.Obstacles.Add($"{topic} is not there");
    }

    private void Flush(TransactionalPublisher? publisher, RedriveMarks marks)
    {
        if (publisher is null) Counts.Redriven += _batch.Count;
        else if (_batch.Count > 0 && !TryPublish(publisher, marks, _batch))
        {
            // A batch is refused as a whole; a letter that is alone is refused for its own sake.
            foreach (var one in _batch) TryPublish(publisher, marks, [one]);
        }
        _batch.Clear();
        _batchBytes = 0;
    }

    private bool TryPublish(TransactionalPublisher publisher, RedriveMarks marks, List<(Record Letter, DeadLetterNote Note)> letters)
    {
        var records = letters.SelectMany(l => new[] { Place(l.Note.Original(l.Letter)), Place(marks.MarkOf(l.Letter, l.Note)) }).ToList();
        var refusal = publisher.Publish(records);
        // A refused batch leaves a gap in the client's numbers, which the broker refuses, and which the client closes only after that refusal.
        for (var again = 0; refusal?.Error.Code == ErrorCode.OutOfOrderSequenceNumber && again < Mendings; again++) refusal = publisher.Publish(records);
        if (refusal is null)
        {
            Counts.Redriven += letters.Count;
            return true;
        }
        var (topic, error) = refusal.Value;
        if (letters.Count > 1) return false;
        if (topic.Length == 0 || topic == marks.Topic || !IsOfTheLetter(error)) throw new KafkaException(error);
        Counts.Refused++;
        Counts.Obstacles.Add($"{topic} refuses a record: {error.Reason} ({error.Code})");
        return false;
    }

    private static bool IsOfTheLetter(Error error) => Delivery.Of(error).Kind is DeliveryKind.TooLarge or DeliveryKind.Refused
        || error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition or ErrorCode.PolicyViolation;

    /// <summary>The key decides the partition, as it did; a record without one goes back where it came from.</summary>
    private (ProducerRecord, Partition) Place(ProducerRecord record) => (record, Partitioning.PartitionOf(record, PartitionsOf(record.Topic)));

    /// <summary>How many partitions the topic has; 0 if it is not there.</summary>
    private int PartitionsOf(string topic)
    {
        if (!_partitions.TryGetValue(topic, out var count))
            _partitions[topic] = count = _admin.GetMetadata(topic, Patience).Topics.Find(t => t.Topic == topic)?.Partitions.Count ?? 0;
        return count;
    }

    private void Remember(Error error)
    {
        if (error.Code is ErrorCode.Local_Transport or ErrorCode.Local_Resolve) _connectionError = error.Reason;
        else if (error.Code != ErrorCode.Local_AllBrokersDown) _clientError = error.Reason;
    }
}
