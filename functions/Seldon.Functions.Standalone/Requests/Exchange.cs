using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Inspection;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Requests;

/// <summary>What became of a request.</summary>
/// <param name="Record">The result or dead letter.</param>
/// <param name="IsResult">Whether it is a result.</param>
/// <param name="Took">From before it was sent until it was read.</param>
internal sealed record Returned(Record Record, bool IsResult, TimeSpan Took);

/// <summary>Sends requests, and waits for the result or dead letter of each, which has its id.</summary>
/// <param name="onReturn">Is told of each, on one thread.</param>
internal sealed class Exchange(KafkaOptions options, TimeProvider time, Action<Returned> onReturn) : IDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);

    private readonly string _id = $"send-{Guid.NewGuid():N}";
    private readonly ConcurrentDictionary<string, long> _sentAt = new();
    private readonly HashSet<string> _errorTopics = [.. options.RouteOutputs.Values.Prepend(options.Output).Select(o => o.Errors).Concat(options.UnroutedErrors.Values)];
    private TopicTail? _tail;

    /// <summary>How many requests wait for what becomes of them.</summary>
    public int Waiting => _sentAt.Count;

    /// <summary>Where the last request is: topic, partition and offset.</summary>
    public string Place { get; private set; } = "";

    /// <summary>Topics for results or dead letters that cannot be read, and why.</summary>
    public IReadOnlyList<(string Topic, string Reason)> Missing => _tail?.Missing ?? [];

    /// <summary>Takes its place at the ends of the topics for results and dead letters: nothing that comes later is missed.</summary>
    public Task ListenAsync() => Task.Run(() =>
    {
        var topics = options.RouteOutputs.Values.Prepend(options.Output).Select(o => o.Results).Concat(_errorTopics);
        _tail = new TopicTail(options, topics.Where(t => t.Length > 0).Distinct(), time);
    });

    /// <summary>Sends the record so many times, each with an id of its own, evenly at a rate.</summary>
    /// <param name="rate">How many a second at most; null for as fast as the broker takes them.</param>
    public async Task SendAsync(ProducerRecord record, int count, int? rate, CancellationToken stop)
    {
        using var producer = await Task.Run(() => new RequestProducer(options, record.Topic), stop).ConfigureAwait(false);
        var (start, sent) = (time.GetTimestamp(), new Queue<Task<(int Partition, long Offset)>>());
        for (var i = 0; i < count; i++)
        {
            if (rate is { } most && TimeSpan.FromSeconds((double)i / most) - time.GetElapsedTime(start) is { Ticks: > 0 } early) await Task.Delay(early, time, stop).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            var id = count == 1 ? _id : string.Create(CultureInfo.InvariantCulture, $"{_id}-{i}");
            _sentAt[id] = time.GetTimestamp();
            // Records without a key are spread.
            sent.Enqueue(producer.SendAsync(record with { SourcePartition = i, Headers = [.. record.Headers, HeaderNames.Text(HeaderNames.Puid, id)] }));
            if (sent.Count > 1000) await sent.Dequeue().ConfigureAwait(false);
        }
        foreach (var one in sent)
        {
            var (partition, offset) = await one.ConfigureAwait(false);
            Place = string.Create(CultureInfo.InvariantCulture, $"{record.Topic}/{partition}/{offset}");
        }
    }

    /// <summary>Reads until no request waits.</summary>
    /// <param name="areSent">Ends when all are sent.</param>
    public Task ReceiveAsync(Task areSent, CancellationToken stop) => Task.Run(
        () =>
        {
            while (!areSent.IsCompleted || !_sentAt.IsEmpty)
            {
                stop.ThrowIfCancellationRequested();
                if (_tail!.Next(Turn) is not { } record || record.Headers.Count(HeaderNames.Puid, out var puid) == 0 || puid is null) continue;
                if (_sentAt.TryRemove(Encoding.UTF8.GetString(puid), out var sentAt)) onReturn(new Returned(record, !_errorTopics.Contains(record.Topic), time.GetElapsedTime(sentAt)));
            }
        },
        CancellationToken.None);

    public void Dispose() => _tail?.Dispose();
}
