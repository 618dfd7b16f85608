using System.Text;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Protocols;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>Generates records of all protocols, good, damaged and random: the same from the same seed and number, fast.</summary>
/// <param name="seed">The seed.</param>
/// <param name="topicOf">The input topic of a protocol's route.</param>
internal sealed class FuzzedRecords(int seed, Func<string, string> topicOf)
{
    /// <summary>A topic that no route takes.</summary>
    public const string NoTopic = "no-topic";

    private static readonly RequestType[] Types = [.. RequestTypes.All.Values];

    /// <summary>Headers that change nothing of what becomes of a record, legal towards a model or not.</summary>
    private static readonly string[] HarmlessNames = ["x-a", "X-A", "x-a-bin", "", ":path", "a b", "\r\n", "é", "traceparent", "authorization", "host", "te", "grpc-timeout", "seldon-error-reason"];

    /// <summary>Headers that may decide it.</summary>
    private static readonly string[] DecisiveNames = ["proto-name", "Proto-Name", "seldon-model", "seldon-method", "content-type", "content-encoding", "inference-header-content-length"];

    private static readonly byte[][] Words = [.. new[] { "predict", "gzip", "identity", "0", "1", "-1", "application/json", "tensorflow", "v2", " " }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>The record of this number, which is its offset.</summary>
    public FuzzedRecord Make(int number)
    {
        var dice = new Dice(seed, number);
        var type = Types[dice.Below(Types.Length)];
        var proto = ProtoName(Encoding.UTF8.GetBytes(type.Name));
        var good = type.Good;
        return dice.Below(20) switch
        {
            0 => Of("null value", Fate.Rejected, null, RejectionReason.EmptyValue, proto),
            1 => Of("empty value", Fate.Rejected, [], RejectionReason.EmptyValue),
            2 => Of("random bytes", Fate.Either, dice.Bytes(200)),
            3 => Of("random bytes as protobuf", Fate.Either, dice.Bytes(200), null, proto),
            4 or 5 => Of("damaged protobuf", Fate.Either, Damaged(good, dice), null, proto),
            6 => Of("bytes that start no object", Fate.Rejected, [(byte)'[', .. dice.Bytes(50)], RejectionReason.InvalidJson),
            7 => Of("unknown proto-name", Fate.Rejected, good, RejectionReason.UnknownProtoName, ProtoName([.. "no."u8, .. dice.Bytes(30)])),
            8 => Of("repeated proto-name", Fate.Rejected, good, RejectionReason.RepeatedProtoName, proto, proto),
            9 => Of("unknown topic", Fate.Rejected, good, RejectionReason.UnknownRoute, proto),
            10 => Of("unknown route", Fate.Rejected, good, RejectionReason.UnknownRoute, proto, new Header("seldon-model", [.. "no "u8, .. dice.Bytes(20)])),
            11 => Of("any decisive headers", Fate.Either, dice.Below(2) == 0 ? good : dice.Bytes(60), null, [.. Headers(DecisiveNames, dice, 4)]),
            12 or 13 or 14 or 15 => Of("object", Fate.Sent, [.. " {"u8, .. dice.Bytes(100)]),
            _ => Of("request", Fate.Sent, good, null, proto),
        };

        FuzzedRecord Of(string kind, Fate fate, byte[]? value, RejectionReason? reason = null, params Header[] headers)
        {
            var topic = kind == "unknown topic" ? NoTopic : topicOf(type.Protocol);
            Header[] all = [.. headers, .. Headers(HarmlessNames, dice, 4)];
            var key = dice.Below(3) == 0 ? null : dice.Bytes(20);
            return new FuzzedRecord(new Record(topic, dice.Below(8), number, 1_700_000_000_000 + number, key, value, all), kind, fate, reason);
        }
    }

    private static Header ProtoName(byte[] name) => new("proto-name", name);

    private static IEnumerable<Header> Headers(string[] names, Dice dice, int most)
    {
        for (var i = dice.Below(most); i > 0; i--)
        {
            var value = dice.Below(4) switch { 0 => null, 1 => Words[dice.Below(Words.Length)], _ => dice.Bytes(40) };
            yield return new Header(names[dice.Below(names.Length)], value);
        }
    }

    private static byte[] Damaged(byte[] value, Dice dice)
    {
        var at = dice.Below(value.Length);
        switch (dice.Below(4))
        {
            case 0:
                return value[..at];
            case 1:
                return [.. value[..at], .. dice.Bytes(8), .. value[at..]];
            case 2:
                return [.. value[..at], .. value[dice.Below(value.Length)..]];
            default:
                var flipped = value.ToArray();
                flipped[at] ^= (byte)(1 + dice.Below(255));
                return flipped;
        }
    }
}
