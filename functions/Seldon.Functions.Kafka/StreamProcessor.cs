using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Kafka.Publishing;
using Seldon.Functions.Kafka.Telemetry;

namespace Seldon.Functions.Kafka;

/// <summary>
/// The whole job of the standalone host: waits for Kafka and the models, reads, infers, publishes and commits until it is
/// asked to stop, and makes new clients when the old ones cannot go on.
/// </summary>
public sealed class StreamProcessor(InferenceEngine engine, KafkaOptions options, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MetadataPatience = TimeSpan.FromSeconds(3);
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(10));

    private readonly ILogger _logger = loggers.CreateLogger("Seldon.Functions.Kafka");

    /// <summary>How it goes, for health checks.</summary>
    internal StreamStatus Status { get; } = new(options, time);

    /// <summary>What librdkafka says against the properties that are set; empty if nothing. What is wrong with security, both clients say: it is named once. Connects to nothing.</summary>
    public static IReadOnlyList<string> Check(KafkaOptions options) => [.. ClientCheck.Consumer(options).Union(ClientCheck.Producer(options))];

    /// <summary>Runs until <paramref name="stop"/>, then finishes what is in flight, commits and leaves the group.</summary>
    /// <exception cref="DeliveryRefusedException">The broker does not let this program deliver as the settings say.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        StreamGauges.Streams.Add(Status);
        RecordMeter.Announce(options, engine.RouteNames);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var ids = new TopicIds(options, time);
        var watches = Task.CompletedTask;
        try
        {
            Status.WaitFor($"the brokers of {options.Broker} or the input topics are not there yet");
            await WaitForTopicsAsync(stop).ConfigureAwait(false);
            var topics = new TopicRecreation(ids, time, _logger);
            // The models are asked at once, so that one that is out is known of before the first record; but nothing waits for that.
            watches = Task.WhenAll(
                BackgroundTask.UntilEndAsync(topics.RunAsync(watching.Token), _logger),
                BackgroundTask.UntilEndAsync(engine.WaitUntilReadyAsync(watching.Token), _logger));
            for (var failures = 0; await RunOnceAsync(topics, stop).ConfigureAwait(false) is not ConsumerEnd.Stopped and var end; failures++)
            {
                if (end == ConsumerEnd.ClientFailed) await Task.Delay(Waits.Delay(failures), time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop before there was anything to finish.
        }
        finally
        {
            StreamGauges.Streams.Remove(Status);
            await watching.CancelAsync().ConfigureAwait(false);
            await watches.ConfigureAwait(false);
        }
    }

    private async Task<ConsumerEnd> RunOnceAsync(TopicRecreation topics, CancellationToken stop)
    {
        var own = WithNewId();
        using var outbox = new Outbox(own, time, _logger);
        await outbox.Ready.WaitAsync(stop).ConfigureAwait(false);
        if (outbox.Refusal is { } refusal) throw new DeliveryRefusedException(refusal);
        using var consumer = new GroupMember(engine, outbox, own, Status, topics, time, _logger);
        using var left = new CancellationTokenSource();
        var others = own.Transactions is { IsGenerated: true } ? BackgroundTask.UntilEndAsync(new FormerMembers(own, time, _logger).RunAsync(left.Token), _logger) : Task.CompletedTask;
        ConsumerEnd end;
        try
        {
            end = await consumer.RunAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            await others.ConfigureAwait(false);
        }
        if (end == ConsumerEnd.ClientFailed && outbox.Fatal.IsCompletedSuccessfully)
        {
            var failure = await outbox.Fatal.ConfigureAwait(false);
            Log.Rebuilding(_logger, failure.Reason, failure.Code);
        }
        return end;
    }

    /// <summary>Each run has a transactional id of its own, unless one is set: the other members may end the transaction of the run before, which has left the group.</summary>
    private KafkaOptions WithNewId() => options.Transactions is { IsGenerated: true } transactions
        ? options with { Transactions = transactions with { Id = TransactionOptions.NewId(options.Group) } }
        : options;

    private async Task WaitForTopicsAsync(CancellationToken stop)
    {
        string? lastFailure = null;
        var admin = new AdminClientBuilder(ClientConfigs.Admin(options))
            .SetErrorHandler((_, error) => lastFailure = error.Code == ErrorCode.Local_AllBrokersDown ? lastFailure : error.Reason)
            .SetLogHandler((_, line) => Log.Native(_logger, line.Facility, line.Message))
            .Build();
        try
        {
            long lastLine = 0;
            var hasSaidWhy = false;
            for (var tries = 0; await MissingAsync(admin, () => lastFailure, stop).ConfigureAwait(false) is { } missing; tries++)
            {
                // Once at first, once more when the client knows why, and every half minute.
                var why = lastFailure;
                if (lastLine == 0 || (why is not null && !hasSaidWhy) || time.GetElapsedTime(lastLine) >= Reminder)
                {
                    (lastLine, hasSaidWhy) = (time.GetTimestamp(), why is not null);
                    Log.WaitingForKafka(_logger, options.Broker, missing);
                }
                await Task.Delay(Waits.Delay(tries), time, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            _ = ClientDisposal.Begin(admin);
        }
    }

    /// <summary>What is missing for a start: null if the brokers answer and every input topic is there.</summary>
    private async Task<string?> MissingAsync(IAdminClient admin, Func<string?> lastFailure, CancellationToken stop)
    {
        try
        {
            foreach (var topic in options.InputTopics)
            {
                // The client's call blocks its thread.
                var metadata = await Task.Run(() => admin.GetMetadata(topic, MetadataPatience), stop).ConfigureAwait(false);
                var found = metadata.Topics.Find(t => t.Topic == topic);
                if (found is null or { Partitions.Count: 0 })
                    return $"the input topic {topic} is not there ({found?.Error.Reason ?? "not listed"}{(lastFailure() is { } why ? $"; {why}" : "")})";
            }
            return null;
        }
        catch (KafkaException failure)
        {
            if (Unreachable.Is(failure.Error)) return Unreachable.Describe(options, lastFailure());
            return lastFailure() is { } why ? $"{failure.Error.Reason} ({why})" : failure.Error.Reason;
        }
    }
}
