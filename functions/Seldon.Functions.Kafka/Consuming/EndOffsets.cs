using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Lanes;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// Asks the brokers once a second where the partitions of this member end; whether they answer tells whether they can be
/// reached. The client's own figures (its statistics, its cached watermarks) come from fetching, which stands still while a
/// partition is paused: just when a model is out and the lag grows.
/// </summary>
internal sealed class EndOffsets : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Where a time is expected, this asks for the offset after the last record.</summary>
    private static readonly Timestamp End = new(-1, TimestampType.CreateTime);

    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly StreamStatus _status;
    private readonly KafkaOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public EndOffsets(IConsumer<byte[], byte[]> consumer, StreamStatus status, KafkaOptions options, TimeProvider time, ILogger logger)
    {
        (_consumer, _status, _options, _time) = (consumer, status, options, time);
        // The client's call blocks its thread.
        _running = BackgroundTask.UntilEndAsync(Task.Run(RunAsync), logger);
    }

    /// <summary>No question is begun after this.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Returns when no question is in flight any more: the client may be closed then.</summary>
    public void Dispose()
    {
        Stop();
        Task.WaitAny(_running);
    }

    private async Task RunAsync()
    {
        while (true)
        {
            _stop.Token.ThrowIfCancellationRequested();
            _status.SetEnds(Ends(_status.Lanes));
            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(false);
        }
    }

    /// <summary>The offset after the last record of each partition; null if no broker answers.</summary>
    private Dictionary<TopicPartition, long>? Ends(IReadOnlyList<KeyValuePair<TopicPartition, PartitionLane>> lanes)
    {
        // A member without partitions asks as well, to see whether anybody answers.
        var partitions = lanes.Count > 0 ? lanes.Select(l => l.Key) : [new TopicPartition(_options.InputTopics[0], 0)];
        try
        {
            return Known(_consumer.OffsetsForTimes(partitions.Select(p => new TopicPartitionTimestamp(p, End)), Patience));
        }
        catch (TopicPartitionOffsetException some)
        {
            return Known(some.Results.Where(e => !e.Error.IsError).Select(e => e.TopicPartitionOffset));
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    private static Dictionary<TopicPartition, long>? Known(IEnumerable<TopicPartitionOffset> ends)
    {
        var known = ends.ToDictionary(e => e.TopicPartition, e => e.Offset.Value);
        return known.Count > 0 ? known : null;
    }
}
