using System.Globalization;
using System.Text;
using System.Text.Json;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>Writes into an answer which way it took through a graph: <c>meta.routing</c>, a child's number by the name of each node.</summary>
internal static class SeldonRouting
{
    /// <summary>The answer with these ways, which win over what stands there for the same nodes; the answer itself if it cannot be read.</summary>
    public static byte[] Add(byte[] answer, bool isProtobuf, IEnumerable<KeyValuePair<string, int>> ways) =>
        isProtobuf ? [.. answer, .. Protobuf(ways)] : AddToJson(answer, ways);

    /// <summary>SeldonMessage { 2 Meta { 3 map routing } }: at the end of a message it is merged with what is there, and the last word counts.</summary>
    private static byte[] Protobuf(IEnumerable<KeyValuePair<string, int>> ways)
    {
        var meta = new WireWriter();
        foreach (var (node, way) in ways) meta.Bytes(3, new WireWriter().Text(1, node).Varint(2, way).ToArray());
        return new WireWriter().Bytes(2, meta.ToArray()).ToArray();
    }

    private static byte[] AddToJson(byte[] answer, IEnumerable<KeyValuePair<string, int>> ways)
    {
        var entries = string.Join(',', ways.Select(w => string.Create(CultureInfo.InvariantCulture, $"\"{JsonEncodedText.Encode(w.Key)}\":{w.Value}")));
        if (!TryFind(answer, 0..answer.Length, "meta"u8, out var meta, out var end)) return answer;
        if (meta is null) return Insert(answer, end, $"\"meta\":{{\"routing\":{{{entries}}}}}");
        if (!TryFind(answer, meta.Value, "routing"u8, out var routing, out end)) return answer;
        if (routing is null) return Insert(answer, end, $"\"routing\":{{{entries}}}");
        return TryFind(answer, routing.Value, default, out _, out end) ? Insert(answer, end, entries) : answer;
    }

    /// <summary>Walks over the object at a place; false if there is none.</summary>
    /// <param name="value">Where the value of the named member stands; null if there is none.</param>
    /// <param name="end">Where the closing brace stands.</param>
    private static bool TryFind(byte[] json, Range place, ReadOnlySpan<byte> name, out Range? value, out int end)
    {
        var (start, length) = place.GetOffsetAndLength(json.Length);
        var members = new JsonMembers(json.AsSpan(start, length));
        value = null;
        while (members.TryNext(out var at, out var found))
        {
            if (json.AsSpan(start, length)[at].SequenceEqual(name)) value = (start + found.Start.Value)..(start + found.End.Value);
        }
        end = start + (members.End ?? 0);
        return members.End is not null;
    }

    /// <summary>Puts a member in front of an object's closing brace.</summary>
    private static byte[] Insert(byte[] json, int end, string member)
    {
        var before = json.AsSpan(0, end).TrimEnd(" \t\r\n"u8);
        return [.. before, .. before[^1] == (byte)'{' ? [] : ","u8, .. Encoding.UTF8.GetBytes(member), .. json.AsSpan(end)];
    }
}
