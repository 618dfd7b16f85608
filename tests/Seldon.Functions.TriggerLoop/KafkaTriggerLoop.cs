using System.Threading.Channels;
using Confluent.Kafka;
using Microsoft.Azure.Functions.Worker;

namespace Seldon.Functions.TriggerLoop;

/// <summary>
/// The Kafka trigger of the Functions host, as far as delivery depends on it. One thread reads; it sleeps, and does not poll, while the
/// executor's channel is full. One batch runs at a time; one that fails runs again at once. Offsets are stored after success and
/// committed in the background; nothing is stored after cancellation, and the consumer is disposed without being closed.
/// </summary>
public sealed class KafkaTriggerLoop : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly TriggerOptions _options;
    private readonly Func<KafkaRecord[], CancellationToken, Task> _function;
    private readonly Action<Invocation> _observer;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly Channel<List<KafkaRecord>> _batches;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopReading = new();
    private readonly List<Invocation> _invocations = [];
    private readonly Task _reading;
    private readonly Task _executing;

    /// <summary>Starts to read, and to run the function.</summary>
    /// <param name="observer">Called when an invocation begins and when it has ended.</param>
    public KafkaTriggerLoop(TriggerOptions options, Func<KafkaRecord[], CancellationToken, Task> function, Action<Invocation>? observer = null)
    {
        (_options, _function, _observer) = (options, function, observer ?? (_ => { }));
        _batches = Channel.CreateBounded<List<KafkaRecord>>(options.ChannelCapacity);
        _consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = options.Broker,
            GroupId = options.Group,
            EnableAutoCommit = true,
            EnableAutoOffsetStore = false,
            AutoCommitIntervalMs = options.AutoCommitIntervalMs,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            SessionTimeoutMs = options.SessionTimeoutMs,
            HeartbeatIntervalMs = options.SessionTimeoutMs / 4,
            MaxPollIntervalMs = options.MaxPollIntervalMs,
            // The mock broker does not wake a waiting fetch when records come.
            FetchWaitMaxMs = 5,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _consumer.Subscribe(options.Topic);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _executing = Task.Run(ExecuteAsync);
    }

    /// <summary>All invocations so far, in order.</summary>
    public IReadOnlyList<Invocation> Invocations
    {
        get
        {
            lock (_invocations) return [.. _invocations];
        }
    }

    /// <summary>Stops as the host does in drain mode: nothing more is read, and what was read is finished within ten seconds, or cancelled.</summary>
    public async Task DrainAsync()
    {
        await _stopReading.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _batches.Writer.Complete();
        await Task.WhenAny(_executing, Task.Delay(StopPatience, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Stops as the host does without drain mode: the running invocation is cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stopReading.CancelAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_executing, Task.Delay(StopPatience, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _consumer.Unsubscribe();
        _consumer.Dispose();
    }

    private void Read()
    {
        var batch = new List<KafkaRecord>();
        while (!_stopReading.IsCancellationRequested)
        {
            // A window: full batches leave at once, what is left when it ends waits for the next if a full one has left.
            var start = TimeProvider.System.GetTimestamp();
            var hasFlushed = false;
            for (var left = _options.SubscriberInterval; left > TimeSpan.Zero && !_stopReading.IsCancellationRequested; left = _options.SubscriberInterval - TimeProvider.System.GetElapsedTime(start))
            {
                if (Consume(left) is not { } result) continue;
                batch.Add(ToKafkaRecord(result));
                if (batch.Count < _options.MaxBatchSize) continue;
                batch = Flush(batch);
                hasFlushed = true;
            }
            if (!hasFlushed && batch.Count > 0) batch = Flush(batch);
        }
    }

    private ConsumeResult<byte[], byte[]>? Consume(TimeSpan longest)
    {
        try
        {
            // In pieces, so that the test need not wait for the window's end.
            return _consumer.Consume(TimeSpan.FromMilliseconds(Math.Min(50, Math.Ceiling(longest.TotalMilliseconds))));
        }
        catch (ConsumeException)
        {
            return null;
        }
    }

    private List<KafkaRecord> Flush(List<KafkaRecord> batch)
    {
        while (!_batches.Writer.TryWrite(batch) && !_stopReading.IsCancellationRequested) _stopReading.Token.WaitHandle.WaitOne(_options.ChannelFullRetryIntervalMs);
        return [];
    }

    private async Task ExecuteAsync()
    {
        try
        {
            await foreach (var batch in _batches.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                var records = batch.ToArray();
                for (var attempt = 0; !await TryAsync(records, attempt).ConfigureAwait(false); attempt++)
                {
                    if (_stop.IsCancellationRequested || _options.CommitOnFailure || (_options.MaxRetries >= 0 && attempt >= _options.MaxRetries)) break;
                }
                if (_stop.IsCancellationRequested) return;
                Store(records);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped between two batches.
        }
    }

    private async Task<bool> TryAsync(KafkaRecord[] records, int attempt)
    {
        int index;
        var invocation = new Invocation(records, attempt);
        lock (_invocations)
        {
            index = _invocations.Count;
            _invocations.Add(invocation);
        }
        _observer(invocation);
        var hasSucceeded = true;
        try
        {
            await _function(records, _stop.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever a function throws: its batch has failed.
        catch
#pragma warning restore CA1031
        {
            hasSucceeded = false;
        }
        invocation = invocation with { HasSucceeded = hasSucceeded };
        lock (_invocations) _invocations[index] = invocation;
        _observer(invocation);
        return hasSucceeded;
    }

    private void Store(KafkaRecord[] batch)
    {
        try
        {
            foreach (var last in batch.GroupBy(r => r.Partition)) _consumer.StoreOffset(new TopicPartitionOffset(_options.Topic, last.Key, last.Max(r => r.Offset) + 1));
        }
        catch (KafkaException)
        {
            // Of a partition that is gone nothing can be stored; the host leaves it at that, too.
        }
    }

    private static KafkaRecord ToKafkaRecord(ConsumeResult<byte[], byte[]> result) => new()
    {
        Topic = result.Topic,
        Partition = result.Partition.Value,
        Offset = result.Offset.Value,
        Key = result.Message.Key,
        Value = result.Message.Value,
        // The extension leaves the type out.
        Timestamp = new KafkaTimestamp { UnixTimestampMs = result.Message.Timestamp.UnixTimestampMs },
        Headers = [.. result.Message.Headers.Select(h => new KafkaHeader { Key = h.Key, Value = h.GetValueBytes() })],
    };
}
