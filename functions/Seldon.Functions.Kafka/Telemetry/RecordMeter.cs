using System.Diagnostics;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Telemetry;

/// <summary>What is counted of records and of the group's changes, with the attributes of the conventions for messaging.</summary>
internal static class RecordMeter
{
    private const string System = "kafka";

    /// <summary>Lets every series that is known before the first record begin with 0.</summary>
    public static void Announce(KafkaOptions options, IEnumerable<string> routes)
    {
        foreach (var topic in options.InputTopics) Consumed(0, topic, options.Group);
        foreach (var topic in options.RouteOutputs.Values.Append(options.Output).SelectMany(o => new[] { o.Results, o.Errors }).Where(t => t.Length > 0).Distinct())
            Sent(0, topic);
        foreach (var route in routes)
        {
            Ended(0, route, null);
            foreach (var reason in Enum.GetValues<RejectionReason>()) Ended(0, route, reason);
        }
        // Those for which there is no route.
        Ended(0, "", RejectionReason.UnknownRoute);
        Ended(0, "", RejectionReason.InternalError);
        Instruments.HeadersSkipped.Add(0);
        Instruments.RecordsExpired.Add(0);
        Instruments.Commits.Add(0);
        foreach (var change in new[] { "assigned", "revoked", "lost" }) Rebalanced(0, change);
    }

    public static void Read(string topic, string group) => Consumed(1, topic, group);

    /// <summary>The broker has what became of the record.</summary>
    /// <param name="topic">The topic of the result or dead letter.</param>
    /// <param name="duration">The time since the record was read.</param>
    public static void Acknowledged(Record record, in Outcome outcome, string topic, string group, TimeSpan duration)
    {
        var reason = outcome.Rejection?.Reason;
        Sent(1, topic);
        Ended(1, outcome.Route, reason);
        if (!Instruments.ProcessDuration.Enabled) return;
        var tags = Messaging("process", record.Topic);
        tags.Add(AttributeNames.MessagingGroup, group);
        if (reason is { } why) tags.Add(AttributeNames.ErrorType, why.ToWire());
        Instruments.ProcessDuration.Record(duration.TotalSeconds, tags);
    }

    /// <param name="error">The broker's error code; null if it took the offsets.</param>
    public static void Committed(string? error)
    {
        if (error is null) Instruments.Commits.Add(1);
        else Instruments.Commits.Add(1, new KeyValuePair<string, object?>(AttributeNames.ErrorType, error));
    }

    public static void Rebalanced(int count, string change) =>
        Instruments.Rebalances.Add(count, new KeyValuePair<string, object?>(AttributeNames.Rebalance, change));

    private static void Consumed(int count, string topic, string group)
    {
        if (!Instruments.Consumed.Enabled) return;
        var tags = Messaging("poll", topic);
        tags.Add(AttributeNames.MessagingGroup, group);
        Instruments.Consumed.Add(count, tags);
    }

    private static void Sent(int count, string topic)
    {
        if (Instruments.Sent.Enabled) Instruments.Sent.Add(count, Messaging("send", topic));
    }

    private static void Ended(int count, string route, RejectionReason? reason)
    {
        if (!Instruments.Records.Enabled) return;
        var tags = new TagList { { AttributeNames.Route, route }, { AttributeNames.Outcome, reason is null ? "answered" : "rejected" } };
        if (reason is { } why) tags.Add(AttributeNames.ErrorType, why.ToWire());
        Instruments.Records.Add(count, tags);
    }

    private static TagList Messaging(string operation, string topic) => new()
    {
        { AttributeNames.MessagingSystem, System }, { AttributeNames.MessagingOperationName, operation }, { AttributeNames.MessagingDestination, topic },
    };
}
