using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Kafka.Inspection;

/// <summary>The cluster as a client with these settings sees it. Joins no group and writes nothing.</summary>
internal sealed class ClusterView : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>By then the client has answered or given up, unless it has freed itself: see <see cref="RightsAsync"/>.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly KafkaOptions _options;
    private readonly TimeProvider _time;
    private readonly IAdminClient _admin;
    private readonly TaskCompletionSource<Error> _telling = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _lastReason;
    private volatile bool _isAbandoned;

    public ClusterView(KafkaOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _admin = new AdminClientBuilder(ClientConfigs.Admin(options)).SetLogHandler((_, _) => { }).SetErrorHandler((_, error) => Remember(error)).Build();
    }

    /// <summary>Connects. A refusal that will not change is not waited for.</summary>
    public async Task<ConnectionFacts> ConnectAsync()
    {
        var asking = Task.Run(() => _admin.GetMetadata(Patience));
        if (await Task.WhenAny(asking, _telling.Task).ConfigureAwait(false) == _telling.Task)
        {
            // The client goes on trying; its answer is of no use any more.
            _ = asking.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return FaultOf(await _telling.Task.ConfigureAwait(false));
        }
        try
        {
            var metadata = await asking.ConfigureAwait(false);
            return new ConnectionFacts([.. metadata.Brokers.Select(b => (b.Host, b.Port))], null, "");
        }
        catch (KafkaException failure)
        {
            return _telling.Task.IsCompleted
                ? FaultOf(await _telling.Task.ConfigureAwait(false))
                : new ConnectionFacts([], ConnectionFault.Silent, _lastReason ?? $"no broker answers ({failure.Error.Reason})");
        }
    }

    /// <summary>What the brokers say of a topic; it is not made by asking.</summary>
    public async Task<TopicFacts> TopicAsync(string topic)
    {
        try
        {
            var metadata = await Task.Run(() => _admin.GetMetadata(topic, Patience)).ConfigureAwait(false);
            var found = metadata.Topics.Find(t => t.Topic == topic);
            if (found is null or { Partitions.Count: 0 }) return new TopicFacts(StateOf(found?.Error.Code), found?.Error.Reason ?? "not listed", 0, 0, null, null);
            return new TopicFacts(
                TopicState.There, "", found.Partitions.Count, found.Partitions.Count(p => p.Leader < 0), await SettingsAsync(topic).ConfigureAwait(false),
                await RightsAsync(found).ConfigureAwait(false));
        }
        catch (KafkaException failure)
        {
            return new TopicFacts(StateOf(failure.Error.Code), failure.Error.Reason, 0, 0, null, null);
        }
    }

    /// <summary>What the coordinator says of the consumer group.</summary>
    /// <param name="partitions">How many partitions each input topic has.</param>
    public async Task<GroupFacts> GroupAsync(IReadOnlyDictionary<string, int> partitions)
    {
        var all = partitions.SelectMany(t => Enumerable.Range(0, t.Value).Select(p => new TopicPartition(t.Key, p))).ToList();
        // Of a group that is denied, offsets would be asked for until the time is over.
        var (denied, rights) = await GroupRightsAsync().ConfigureAwait(false);
        if (denied) return new GroupFacts(true, null, 0, 0, null);
        try
        {
            var (committed, lag) = await Task.Run(() => ReadOffsets(all)).ConfigureAwait(false);
            return new GroupFacts(false, null, committed, lag, rights);
        }
        catch (KafkaException failure)
        {
            return new GroupFacts(failure.Error.Code == ErrorCode.GroupAuthorizationFailed, $"{failure.Error.Reason} ({failure.Error.Code})", 0, 0, null);
        }
    }

    public void Dispose()
    {
        if (!_isAbandoned) ClientDisposal.Dispose(_admin);
    }

    private static TopicState StateOf(ErrorCode? code) => code switch
    {
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => TopicState.Denied,
        null or ErrorCode.NoError or ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic => TopicState.Missing,
        _ => TopicState.Failing,
    };

    private static ConnectionFacts FaultOf(Error error) =>
        new([], error.Code == ErrorCode.Local_Ssl ? ConnectionFault.Tls : ConnectionFault.Authentication, error.Reason);

    private (int Committed, long Lag) ReadOffsets(List<TopicPartition> partitions)
    {
        // Offsets are asked for by name of the group: nobody joins it.
        var config = ClientConfigs.Consumer(_options);
        config.EnableAutoCommit = false;
        using var consumer = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var (count, lag) = (0, 0L);
        foreach (var committed in consumer.Committed(partitions, Patience))
        {
            var log = consumer.QueryWatermarkOffsets(committed.TopicPartition, Patience);
            if (!committed.Offset.IsSpecial) count++;
            lag += Math.Max(0, log.High.Value - (committed.Offset.IsSpecial ? log.Low.Value : committed.Offset.Value));
        }
        return (count, lag);
    }

    private async Task<IReadOnlyDictionary<string, string>?> SettingsAsync(string topic)
    {
        try
        {
            var found = await _admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }], new DescribeConfigsOptions { RequestTimeout = Patience }).ConfigureAwait(false);
            return found[0].Entries.Where(e => e.Value.Value is not null).ToDictionary(e => e.Key, e => e.Value.Value);
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    /// <summary>
    /// The question must not be asked where a partition has no replica in sync: the client would free itself, as <see cref="TopicIds"/> says. Where it loses
    /// them before the answer, the client is left alone.
    /// </summary>
    private async Task<IReadOnlyCollection<string>?> RightsAsync(TopicMetadata topic)
    {
        if (_isAbandoned || !TopicIds.IsInSync(topic)) return null;
        try
        {
#pragma warning disable RS0030 // Asked with care.
            var described = await Task.Run(() => _admin.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([topic.Topic]), new DescribeTopicsOptions { RequestTimeout = Patience, IncludeAuthorizedOperations = true })).WaitAsync(Silence, _time).ConfigureAwait(false);
#pragma warning restore RS0030
            return Names(described.TopicDescriptions[0].AuthorizedOperations);
        }
        catch (KafkaException)
        {
            return null;
        }
        catch (TimeoutException)
        {
            _isAbandoned = true;
            return null;
        }
    }

    private async Task<(bool Denied, IReadOnlyCollection<string>? Rights)> GroupRightsAsync()
    {
        if (_isAbandoned) return default;
        try
        {
            var described = await _admin.DescribeConsumerGroupsAsync(
                [_options.Group], new DescribeConsumerGroupsOptions { RequestTimeout = Patience, IncludeAuthorizedOperations = true }).ConfigureAwait(false);
            return (false, Names(described.ConsumerGroupDescriptions[0].AuthorizedOperations));
        }
        catch (DescribeConsumerGroupsException refused)
        {
            return (refused.Results.ConsumerGroupDescriptions.Exists(g => g.Error.Code == ErrorCode.GroupAuthorizationFailed), null);
        }
        catch (KafkaException)
        {
            return default;
        }
    }

    /// <summary>Null where the broker does not say.</summary>
    private static string[]? Names(IReadOnlyCollection<AclOperation>? operations) => operations is { Count: > 0 } ? [.. operations.Select(o => o.ToString())] : null;

    private void Remember(Error error)
    {
        if (error.Code is ErrorCode.Local_Ssl or ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism) _telling.TrySetResult(error);
        if (error.Code != ErrorCode.Local_AllBrokersDown) _lastReason = error.Reason;
    }
}
