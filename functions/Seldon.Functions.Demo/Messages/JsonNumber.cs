using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Seldon.Functions.Demo.Messages;

/// <summary>Numbers of JSON as the types of protobuf hold them. Protobuf's JSON lets each be written as a text, too.</summary>
internal static class JsonNumber
{
    public static float Single(JsonElement json, string path)
    {
        var number = Double(json, path, "float32");
        if (double.IsFinite(number) && float.IsInfinity((float)number)) throw JsonMessage.Mismatch(path, $"is {json}, which is too large for float32");
        return (float)number;
    }

    public static double Double(JsonElement json, string path) => Double(json, path, "float64");

    /// <summary>A whole number within these bounds.</summary>
    public static BigInteger Whole(JsonElement json, string path, BigInteger least, BigInteger most, string type)
    {
        if (TextOf(json) is not { } text || !double.TryParse(text, CultureInfo.InvariantCulture, out var number)) throw JsonMessage.Expected(json, path, $"a whole number ({type})");
        // 1e3 and 3.0 are whole numbers.
        if (!BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            if (!double.IsFinite(number) || Math.Floor(number) != number) throw JsonMessage.Mismatch(path, $"is {text}, which is no whole number ({type})");
            whole = new BigInteger(number);
        }
        if (whole < least || whole > most) throw JsonMessage.Mismatch(path, $"is {text}, which does not fit {type} ({least} to {most})");
        return whole;
    }

    private static double Double(JsonElement json, string path, string type)
    {
        var text = TextOf(json);
        if (text is "NaN" or "Infinity" or "-Infinity") return text switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, _ => double.NegativeInfinity };
        if (text is null || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) throw JsonMessage.Expected(json, path, $"a number ({type})");
        if (double.IsInfinity(number)) throw JsonMessage.Mismatch(path, $"is {text}, which is too large for {type}");
        return number;
    }

    private static string? TextOf(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Number => json.GetRawText(),
        JsonValueKind.String => json.GetString(),
        _ => null,
    };
}
