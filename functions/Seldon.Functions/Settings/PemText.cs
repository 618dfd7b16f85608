using System.Text;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Settings;

/// <summary>PEM as app settings, env files and JSON hold it: with <c>\n</c> as two characters, with spaces for line ends, or in quotes.</summary>
internal static partial class PemText
{
    private const int LineLength = 64;

    /// <summary>The same blocks with real line ends; a text without a whole block as it is.</summary>
    public static string Normalise(string text)
    {
        var blocks = Block().Matches(EscapedLineEnd().Replace(text, "\n"));
        if (blocks.Count == 0) return text;
        var pem = new StringBuilder();
        foreach (Match block in blocks)
        {
            var (label, body) = (block.Groups["label"].Value, block.Groups["body"].Value);
            pem.Append("-----BEGIN ").Append(label).Append("-----\n");
            // An encrypted key of the older kind says how it is encrypted.
            if (Encryption().Match(body) is { Success: true } encryption)
            {
                pem.Append("Proc-Type: ").Append(encryption.Groups["type"].Value).Append("\nDEK-Info: ").Append(encryption.Groups["info"].Value).Append("\n\n");
                body = body[encryption.Length..];
            }
            foreach (var line in body.Where(c => !char.IsWhiteSpace(c)).Chunk(LineLength)) pem.Append(line).Append('\n');
            pem.Append("-----END ").Append(label).Append("-----\n");
        }
        return pem.ToString();
    }

    [GeneratedRegex(@"(\\+r)?\\+n|\\+r", RegexOptions.CultureInvariant)]
    private static partial Regex EscapedLineEnd();

    [GeneratedRegex("-----BEGIN (?<label>[A-Z0-9 ]+)-----(?<body>[^-]*?(-[^-]+?)*?)-----END \\k<label>-----", RegexOptions.CultureInvariant)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\s*Proc-Type:\s*(?<type>\S+)\s+DEK-Info:\s*(?<info>\S+)\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Encryption();
}
