using System.Diagnostics;
using System.Globalization;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Telemetry;

/// <summary>The span of a record, from reading to its outcome.</summary>
internal static class RecordTrace
{
    /// <summary>Does it within a span; the outcome holds the span for what comes after.</summary>
    public static async Task<Outcome> RunAsync(Record record, string group, Func<Record, ValueTask<Outcome>> infer)
    {
        // A record belongs to the trace of its sender, never to one that happens to be in flight here.
        Activity.Current = null;
        using var activity = Start(record, group);
        var outcome = await infer(record).ConfigureAwait(false);
        if (activity is null) return outcome;
        if (outcome.Route.Length > 0) activity.SetTag(AttributeNames.Route, outcome.Route);
        if (outcome.Kind == OutcomeKind.Answered)
        {
            activity.SetTag(AttributeNames.Outcome, "answered");
        }
        else
        {
            if (outcome.Rejection is not null) activity.SetTag(AttributeNames.Outcome, "rejected");
            activity.SetTag(AttributeNames.ErrorType, outcome.Rejection?.Reason.ToWire() ?? "cancelled");
            activity.SetStatus(ActivityStatusCode.Error);
        }
        return outcome with { Activity = activity };
    }

    private static Activity? Start(Record record, string group)
    {
        var parent = TraceContext.Of(record).ToParent();
        var tags = new List<KeyValuePair<string, object?>>
        {
            new(AttributeNames.MessagingSystem, "kafka"),
            new(AttributeNames.MessagingOperationName, "process"),
            new(AttributeNames.MessagingOperationType, "process"),
            new(AttributeNames.MessagingDestination, record.Topic),
            new(AttributeNames.MessagingPartition, record.Partition.ToString(CultureInfo.InvariantCulture)),
            new(AttributeNames.MessagingGroup, group),
            new(AttributeNames.KafkaOffset, record.Offset),
        };
        tags.Add(record.Value is { } value ? new(AttributeNames.MessagingBodySize, value.Length) : new(AttributeNames.KafkaTombstone, true));
        return Instruments.Traces.StartActivity(
            $"process {record.Topic}", ActivityKind.Consumer, parent ?? default, tags, parent is { } creation ? [new ActivityLink(creation)] : null);
    }
}
