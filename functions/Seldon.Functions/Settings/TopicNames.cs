namespace Seldon.Functions.Settings;

/// <summary>The names that a Kafka topic can have.</summary>
internal static class TopicNames
{
    /// <summary>Says so if the setting's value is none; an empty one is checked elsewhere.</summary>
    public static void Check(SettingReader reader, string setting, string? topic)
    {
        if (topic is { Length: > 0 } && !IsTopic(topic))
            reader.Problem(setting, $"is '{topic}'", "use up to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-'");
    }

    private static bool IsTopic(string topic) =>
        topic.Length <= 249 && topic is not ("." or "..") && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
