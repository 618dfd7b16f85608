using System.Globalization;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Inspection;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>Are the topics there, may this client use them, and do their settings fit; and what of the consumer group.</summary>
internal sealed class TopicCheck(KafkaOptions options, ClusterView cluster)
{
    private const string Read = "Read";
    private const string Write = "Write";
    private const string Policy = "cleanup.policy";
    private const string Size = "max.message.bytes";

    private readonly Dictionary<string, TopicFacts> _inputs = [];

    public async IAsyncEnumerable<Finding> RunAsync()
    {
        foreach (var topic in options.InputTopics)
        {
            _inputs[topic] = await cluster.TopicAsync(topic).ConfigureAwait(false);
            foreach (var finding in Of("input topic", topic, _inputs[topic], Read)) yield return finding;
        }
        var outputs = options.RouteOutputs.Values.Prepend(options.Output).ToList();
        foreach (var topic in outputs.Select(o => o.Results).Where(t => t.Length > 0).Distinct())
        {
            foreach (var finding in Of("results topic", topic, await cluster.TopicAsync(topic).ConfigureAwait(false), Write)) yield return finding;
        }
        foreach (var topic in outputs.Select(o => o.Errors).Concat(options.UnroutedErrors.Values).Where(t => t.Length > 0).Distinct())
        {
            foreach (var finding in Of("error topic", topic, await cluster.TopicAsync(topic).ConfigureAwait(false), Write)) yield return finding;
        }
        if (_inputs.Values.Any(t => t.State == TopicState.There)) yield return await OfGroupAsync().ConfigureAwait(false);
    }

    private IEnumerable<Finding> Of(string subject, string topic, TopicFacts facts, string right)
    {
        var grant = $"grant the user of this client {right} (which includes Describe) on the topic {topic}";
        switch (facts.State)
        {
            case TopicState.Missing:
                yield return Finding.Failure(subject, $"{topic} is not there.", $"create it: kafka-topics.sh --bootstrap-server {options.Broker} --create --topic {topic} --partitions {PartitionsFor(subject)}");
                yield break;
            case TopicState.Denied:
                yield return Finding.Failure(subject, $"{topic}: the broker denies it to this client.", grant);
                yield break;
            case TopicState.Failing:
                yield return Finding.Failure(subject, $"{topic}: {facts.Reason}.", "see what the broker's log says");
                yield break;
        }
        if (facts.Rights is { } rights && !rights.Contains(right))
        {
            yield return Finding.Failure(subject, $"{topic}: this client may not {right.ToLowerInvariant()} it.", grant);
            yield break;
        }
        if (facts.WithoutLeader > 0)
        {
            yield return Finding.Failure(subject, $"{topic}: {facts.WithoutLeader} of {facts.Partitions} partitions have no leader.", "start the brokers that hold them");
            yield break;
        }
        var parts = new List<string> { $"{facts.Partitions} {(facts.Partitions == 1 ? "partition" : "partitions")}" };
        parts.AddRange(new[] { Policy, Size }.Where(s => facts.Settings?.ContainsKey(s) == true).Select(s => $"{s} {facts.Settings![s]}"));
        parts.Add(facts.Rights is null ? $"the right to {right.ToLowerInvariant()} cannot be asked for" : $"may be {(right == Read ? "read" : "written")}");
        if (facts.Settings is null) parts.Add("its settings may not be asked for");
        yield return Finding.Ok(subject, $"{topic}: {string.Join(", ", parts)}");
        foreach (var warning in Warnings(subject, topic, facts)) yield return warning;
    }

    private IEnumerable<Finding> Warnings(string subject, string topic, TopicFacts facts)
    {
        if (facts.Settings is not { } settings) yield break;
        if (settings.GetValueOrDefault(Policy)?.Contains("compact", StringComparison.Ordinal) == true)
        {
            yield return Finding.Warning(
                subject, $"{topic} is compacted: it takes no record without a key, and keeps only the last of each.",
                subject == "error topic" ? "use a topic that is not compacted, or dead letters without a key cannot be written" : $"set its {Policy} to delete, unless every record has a key of its own");
        }
        if (SizeOf(facts) is { } size && subject != "input topic" && _inputs.Select(i => (i.Key, Size: SizeOf(i.Value))).MaxBy(i => i.Size) is { Size: { } input } largest && size < input)
        {
            yield return Finding.Warning(
                subject, $"{topic} takes records of {size} bytes, and the input topic {largest.Key} of {input}: {(subject == "error topic" ? "large dead letters lose their values" : "large results become dead letters")}.",
                $"set {Size} of {topic} to {input} or more");
        }
    }

    private async Task<Finding> OfGroupAsync()
    {
        const string subject = "consumer group";
        var partitions = _inputs.Where(i => i.Value.State == TopicState.There).ToDictionary(i => i.Key, i => i.Value.Partitions);
        var group = await cluster.GroupAsync(partitions).ConfigureAwait(false);
        var grant = $"grant the user of this client Read on the group {options.Group}";
        if (group.Denied) return Finding.Failure(subject, $"{options.Group}: the broker denies it to this client.", grant);
        if (group.Reason is { } reason) return Finding.Warning(subject, $"{options.Group} cannot be asked about: {reason}.");
        if (group.Rights is { } rights && !rights.Contains(Read)) return Finding.Failure(subject, $"{options.Group}: this client may not join it.", grant);
        var all = partitions.Values.Sum();
        return Finding.Ok(subject, group.Committed == 0
            ? $"{options.Group} has committed nothing yet: it begins with the earliest of {group.Lag} records"
            : $"{options.Group}: {group.Committed} of {all} partitions have a committed offset, {group.Lag} records are to be read");
    }

    private int PartitionsFor(string subject) => subject == "input topic" ? 4 : Math.Max(1, _inputs.Values.Select(i => i.Partitions).DefaultIfEmpty(1).Max());

    private static long? SizeOf(TopicFacts facts) =>
        long.TryParse(facts.Settings?.GetValueOrDefault(Size), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
}
