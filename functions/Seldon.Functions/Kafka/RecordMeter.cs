using System.Diagnostics;

namespace Seldon.Functions.Kafka;

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
        Telemetry.HeadersSkipped.Add(0);
        Telemetry.RecordsExpired.Add(0);
        Telemetry.Commits.Add(0);
        foreach (var change in new[] { "assigned", "revoked", "lost" }) Rebalanced(0, change);
    }

    public static void Read(string topic, string group) => Consumed(1, topic, group);

    /// <summary>The broker has what became of the record.</summary>
    public static void Acknowledged(Sent sent, string group, TimeSpan duration)
    {
        var reason = sent.Outcome.Rejection?.Reason;
        Sent(1, sent.Publication.Topic);
        Ended(1, sent.Outcome.Route, reason);
        if (!Telemetry.ProcessDuration.Enabled) return;
        var tags = Messaging("process", sent.Record.Topic);
        tags.Add(AttributeNames.MessagingGroup, group);
        if (reason is { } why) tags.Add(AttributeNames.ErrorType, why.ToWire());
        Telemetry.ProcessDuration.Record(duration.TotalSeconds, tags);
    }

    /// <param name="error">The broker's error code; null if it took the offsets.</param>
    public static void Committed(string? error)
    {
        if (error is null) Telemetry.Commits.Add(1);
        else Telemetry.Commits.Add(1, new KeyValuePair<string, object?>(AttributeNames.ErrorType, error));
    }

    public static void Rebalanced(int count, string change) =>
        Telemetry.Rebalances.Add(count, new KeyValuePair<string, object?>(AttributeNames.Rebalance, change));

    private static void Consumed(int count, string topic, string group)
    {
        if (!Telemetry.Consumed.Enabled) return;
        var tags = Messaging("poll", topic);
        tags.Add(AttributeNames.MessagingGroup, group);
        Telemetry.Consumed.Add(count, tags);
    }

    private static void Sent(int count, string topic)
    {
        if (Telemetry.Sent.Enabled) Telemetry.Sent.Add(count, Messaging("send", topic));
    }

    private static void Ended(int count, string route, RejectionReason? reason)
    {
        if (!Telemetry.Records.Enabled) return;
        var tags = new TagList { { AttributeNames.Route, route }, { AttributeNames.Outcome, reason is null ? "answered" : "rejected" } };
        if (reason is { } why) tags.Add(AttributeNames.ErrorType, why.ToWire());
        Telemetry.Records.Add(count, tags);
    }

    private static TagList Messaging(string operation, string topic) => new()
    {
        { AttributeNames.MessagingSystem, System }, { AttributeNames.MessagingOperationName, operation }, { AttributeNames.MessagingDestination, topic },
    };
}
