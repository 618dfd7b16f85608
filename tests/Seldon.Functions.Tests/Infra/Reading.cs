using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Seldon.Functions.App;
using Seldon.Functions.Kafka;
using Seldon.Functions.Tests.Keda;

namespace Seldon.Functions.Tests.Infra;

/// <summary>Who reads what, and how many of them, as one place of the repository has it: each value by its key, with the file that it stands in.</summary>
internal sealed class Reading
{
    private readonly Dictionary<string, (string File, string? Value)> _values = [];

    public static Reading OfKubernetes(Sources sources, string folder)
    {
        var overlay = Overlay.Read(sources, folder);
        var trigger = overlay.Trigger["metadata"]!;
        var reading = new Reading(overlay.Settings(), overlay.Host, key => sources.FileOf(folder, "ConfigMap", key));
        var file = sources.FileOf(folder, "ScaledObject", "lagThreshold");
        reading._values["autoOffsetReset"] = (file, trigger["offsetResetPolicy"]?.GetValue<string>());
        // Azure runs the app, and has no threshold for the other host.
        if (!overlay.IsStandalone) reading._values["lagThreshold"] = (file, trigger["lagThreshold"]?.GetValue<string>());
        return reading;
    }

    /// <summary>As Azure would have it, or who starts the app at home: the platform reads the threshold from the trigger.</summary>
    public static Reading OfFunctionsApp(IReadOnlyDictionary<string, string> settings, Func<string, string> fileOf)
    {
        var host = new HostJson(File.ReadAllText(Path.Combine(Repository.Root, "host.json")), settings.ToDictionary(s => s.Key, s => (string?)s.Value));
        var reading = new Reading(new AskedSettings(settings).Read(), host, fileOf);
        var trigger = typeof(InferenceFunction).GetMethod(nameof(InferenceFunction.RunAsync))!.GetParameters()[0].GetCustomAttribute<KafkaTriggerAttribute>()!;
        reading._values["lagThreshold"] = ("functions/Seldon.Functions.App/InferenceFunction.cs", $"{trigger.LagThreshold}");
        return reading;
    }

    private Reading(ProcessorSettings settings, HostJson host, Func<string, string> fileOf)
    {
        foreach (var (key, value) in new[]
        {
            ("KAFKA_INPUT_TOPIC", settings.Kafka.InputTopics[0]), ("KAFKA_OUTPUT_TOPIC", settings.Kafka.Output.Results),
            ("KAFKA_ERROR_TOPIC", settings.Kafka.Output.Errors), ("KAFKA_CONSUMER_GROUP", settings.Kafka.Group),
        })
            _values[key] = (fileOf(key), value);
        foreach (var (key, value) in new[] { ("autoOffsetReset", host.Reset), ("maxBatchSize", host.Batch) })
            _values[key] = (host.IsOverridden(key) ? fileOf(key) : "host.json", value);
    }

    /// <summary>What another has otherwise.</summary>
    public IEnumerable<string> Differences(Reading other) =>
        from value in _values
        let theirs = other._values[value.Key]
        where value.Value.Value != theirs.Value
        select $"{theirs.File}: {value.Key} is '{theirs.Value}', and in {value.Value.File} '{value.Value.Value}'.";
}
