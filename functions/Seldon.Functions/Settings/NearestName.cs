namespace Seldon.Functions.Settings;

/// <summary>Finds the setting that a name was probably meant to be.</summary>
internal static class NearestName
{
    /// <summary>What Kafka's own clients call a setting of ours, where no letters are shared.</summary>
    private static readonly (string Name, string Setting)[] Synonyms = [("KAFKABOOTSTRAPSERVERS", "KAFKA_BROKER"), ("KAFKAGROUPID", "KAFKA_CONSUMER_GROUP")];

    /// <summary>
    /// The name with nearly the same letters; else the shortest one that has all words of this one and further ones; null if there is none.
    /// </summary>
    /// <param name="name">The words with <c>_</c> or <c>:</c> between them, or as humps.</param>
    public static string? Of(string name, IReadOnlyList<string> known)
    {
        var letters = Letters(name);
        if (Synonyms.FirstOrDefault(s => s.Name == letters) is { Setting: { } setting }) return setting;
        var (nearest, distance) = known.Select(k => (Name: k, Distance: Distance(letters, Letters(k)))).MinBy(k => k.Distance);
        if (nearest is not null && distance <= Math.Max(1, letters.Length / 6)) return nearest;
        var words = Words(name);
        return known.Where(k => IsWithin(words, Words(k))).MinBy(k => k.Length);
    }

    private static string Letters(string name) => new([.. name.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant)]);

    private static List<string> Words(string name)
    {
        var words = new List<string>();
        foreach (var (i, c) in name.Index())
        {
            if (!char.IsAsciiLetterOrDigit(c)) continue;
            var starts = i == 0 || !char.IsAsciiLetterOrDigit(name[i - 1]) || (char.IsAsciiLetterUpper(c) && char.IsAsciiLetterLower(name[i - 1]));
            if (starts) words.Add("");
            words[^1] += char.ToUpperInvariant(c);
        }
        return words;
    }

    /// <summary>Whether all of the words stand in the others, in their order; more than the first, which all settings of a kind share.</summary>
    private static bool IsWithin(List<string> words, List<string> others)
    {
        var found = 0;
        foreach (var other in others)
        {
            if (found < words.Count && words[found] == other) found++;
        }
        return words.Count > 1 && found == words.Count;
    }

    /// <summary>How many letters must be added, left out, replaced or swapped with the next.</summary>
    private static int Distance(string one, string other)
    {
        var rows = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1]) rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }
        return rows[one.Length, other.Length];
    }
}
