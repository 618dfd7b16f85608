using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Standalone.Bench;

/// <summary>How an answer from a call that several requests shared compares with the answers to the same request alone.</summary>
internal enum Equality
{
    /// <summary>Nothing differs but what also differs between two answers to the request alone, such as an id.</summary>
    Equal,

    /// <summary>Numbers differ in their last digits: servers compute a batch in another order.</summary>
    EqualButForRounding,

    /// <summary>Something else differs.</summary>
    Different,
}

/// <summary>Compares answers.</summary>
internal static class AnswerComparison
{
    private const double Rounding = 1e-4;

    /// <summary>What gRPC answers are, by the type that they carry. Their bytes may differ although they say the same.</summary>
    private static readonly Dictionary<string, MessageParser> Messages = new MessageParser[]
    {
        SeldonMessage.Parser, PredictResponse.Parser, ClassificationResponse.Parser, RegressionResponse.Parser, ModelInferResponse.Parser,
    }.ToDictionary(p => p.ParseFrom(ByteString.Empty).Descriptor.FullName);

    /// <param name="alone">An answer to the request alone.</param>
    /// <param name="aloneAgain">Another one: what differs in it is not about sharing.</param>
    /// <param name="shared">The answer that came of a call with others.</param>
    /// <param name="type">The type of a gRPC answer; null for REST.</param>
    public static Equality Compare(byte[] alone, byte[] aloneAgain, byte[] shared, string? type)
    {
        if (shared.AsSpan().SequenceEqual(alone) || shared.AsSpan().SequenceEqual(aloneAgain)) return Equality.Equal;
        if (Leaves(alone, type) is not { } one || Leaves(aloneAgain, type) is not { } again || Leaves(shared, type) is not { } other) return Equality.Different;
        foreach (var changing in one.Keys.Where(k => again.GetValueOrDefault(k) != one[k])) other[changing] = one[changing];
        if (!one.Keys.ToHashSet().SetEquals(other.Keys)) return Equality.Different;
        return one.Where(l => other[l.Key] != l.Value).Select(l => AreClose(l.Value, other[l.Key]) ? Equality.EqualButForRounding : Equality.Different)
            .DefaultIfEmpty(Equality.Equal).Max();
    }

    private static bool AreClose(string one, string other) =>
        double.TryParse(one, NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && double.TryParse(other, NumberStyles.Float, CultureInfo.InvariantCulture, out var b)
        && Math.Abs(a - b) <= Rounding * Math.Max(1e-3, Math.Max(Math.Abs(a), Math.Abs(b)));

    /// <summary>The values of a body by their places; null if it cannot be read.</summary>
    private static Dictionary<string, string>? Leaves(byte[] body, string? type)
    {
        try
        {
            using var json = JsonDocument.Parse(type is null ? body : Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(Messages[type].ParseFrom(body))));
            var leaves = new Dictionary<string, string>();
            Add(leaves, "", json.RootElement);
            return leaves;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidProtocolBufferException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static void Add(Dictionary<string, string> leaves, string place, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject()) Add(leaves, $"{place}/{member.Name}", member.Value);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray()) Add(leaves, $"{place}/{index++}", item);
                break;
            default:
                leaves[place] = element.GetRawText();
                break;
        }
    }
}
