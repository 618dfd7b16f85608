using System.Text;
using Seldon.Functions.Records;
using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>Reads the text of a manifest: from a file, or from base64.</summary>
internal static class ManifestText
{
    internal const int MostBytes = 2 * 1024 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of the file that the setting names; null if there is a problem.</summary>
    public static string? OfFile(SettingReader reader, string setting, string path, ManifestNotes notes)
    {
        try
        {
            if (Directory.Exists(path))
            {
                reader.Problem(setting, $"is '{path}', which is a folder", "name the manifest in it");
                return null;
            }
            using var file = File.OpenRead(path);
            // A pipe has no length: not more than the limit is read of anything.
            var bytes = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length <= MostBytes) return Decode(bytes.AsSpan(0, length), notes);
            reader.Problem(setting, $"is '{path}', which has more than {MostBytes} bytes", "name the manifest of one SeldonDeployment");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reader.Problem(setting, $"is '{path}', which cannot be read", "name a file that is there and that this process may read");
        }
        return null;
    }

    /// <summary>The text that the setting holds; null if there is a problem.</summary>
    public static string? OfBase64(SettingReader reader, string setting, string base64, ManifestNotes notes)
    {
        // What it is instead may be a secret: it is not repeated.
        const string fix = "set it to the base64 of the JSON of a predictor, as Seldon's operator does";
        var bytes = new byte[MostBytes];
        if (base64.Length > (MostBytes / 3 + 1) * 4) reader.Problem(setting, $"stands for more than {MostBytes} bytes", fix);
        else if (!Convert.TryFromBase64String(base64, bytes, out var length)) reader.Problem(setting, "is no base64", fix);
        else return Decode(bytes.AsSpan(0, length), notes);
        return null;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, ManifestNotes notes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        // The parser takes a NUL for the end of the text.
        var bad = bytes.IndexOf((byte)0);
        try
        {
            if (bad < 0) return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException refused)
        {
            bad = refused.Index;
        }
        var place = Math.Clamp(bad, 0, bytes.Length);
        notes.Problem(1 + bytes[..place].Count((byte)'\n'), $"is not UTF-8 text (byte {place})", "save it as UTF-8");
        return null;
    }
}
