using CsCheck;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.OpenInference;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Protocols.TensorFlow;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Tests.Protocols.Wire;

/// <summary>The checks of requests against plainer ones, on bytes that nobody thought of.</summary>
public class WireProperties
{
    private const int Seconds = 2;
    private static readonly ModelSelector Model = new("m");
    private static readonly MessageShape Varints = new(new Field(1, FieldKind.Varints));

    /// <summary>Runs of varints, most of them whole: none, few or nearly all of the bytes go on.</summary>
    private static readonly Gen<byte[]> Packed = Gen.Int[0, 100].SelectMany(share =>
        Gen.Select(Gen.Int[0, 99], Gen.Byte, (dice, b) => (byte)(dice < share ? b | 0x80 : b & 0x7f)).Array[0, 300]);

    /// <summary>What can happen to a request: where, how long, what, and with which bytes.</summary>
    private static readonly Gen<(int At, int Length, int What, byte[] Bytes)[]> Damages =
        Gen.Select(Gen.Int[0, 400], Gen.Int[1, 20], Gen.Int[0, 4], Gen.Byte.Array[1, 6]).Array[1, 4];

    /// <summary>Where it says how many samples there were.</summary>
    private static Action<string> Output => TestContext.Current.TestOutputHelper!.WriteLine;

    [Fact]
    public void PackedVarints_AreTakenExactlyIfTheyCanBeReadOneByOne() => Packed.Sample(
        packed => Varints.Matches(new WireWriter().Bytes(1, packed).ToArray()) == CountOneByOne(packed) >= 0, Output, time: Seconds, print: Convert.ToHexString);

    [Fact]
    public void PackedVarints_AreCountedAsOneByOne() => Packed.Where(p => CountOneByOne(p) >= 0).Sample(
        packed =>
        {
            var count = CountOneByOne(packed);
            return Problem(packed, count) is null && Problem(packed, count + 1) is not null && (count == 0 || Problem(packed, count - 1) is not null);
        },
        Output,
        time: Seconds,
        print: Convert.ToHexString);

    [Fact]
    public void DamagedRequests_PassExactlyIfGooglesParserFindsAWholeOne()
    {
        var types = RequestTypes.All.Values.ToArray();
        var checks = new[] { SeldonProtocol.Model, TensorFlowProtocol.Protocol, OpenInferenceProtocol.Protocol }
            .SelectMany(p => p.Methods).ToDictionary(m => System.Text.Encoding.UTF8.GetString(m.RequestType), m => m.Check);
        Gen.Select(Gen.OneOf(types), Gen.OneOf(types), Damages, (type, other, damages) => (Type: type, Value: damages.Aggregate(type.Good, (value, d) => Damage(value, other.Good, d)))).Sample(
            damaged =>
            {
                var passes = checks[damaged.Type.Name](damaged.Value, Model).Problem is null;
                return passes ? damaged.Type.IsWhole(damaged.Value) : !damaged.Type.IsPlainlyWhole(damaged.Value);
            },
            Output,
            time: 2 * Seconds,
            print: d => $"{d.Type}: {Convert.ToHexString(d.Value)}");
    }

    private static byte[] Damage(byte[] value, byte[] other, (int At, int Length, int What, byte[] Bytes) damage)
    {
        var at = damage.At % (value.Length + 1);
        var end = Math.Min(value.Length, at + damage.Length);
        return damage.What switch
        {
            0 => [.. value[..at], .. damage.Bytes, .. value[at..]],
            1 => [.. value[..at], .. value[end..]],
            2 => [.. value[..end], .. value[at..]],
            3 => [.. value[..at], .. damage.Bytes, .. value[end..]],
            _ => [.. value, .. other],
        };
    }

    private static string? Problem(byte[] packed, long size)
    {
        var tensor = new OpenInferenceTensor(new WireWriter().Text(2, "INT64").Varint(3, size).Bytes(5, new WireWriter().Bytes(3, packed).ToArray()).ToArray());
        return tensor.NeedsRaw ? "has no contents" : tensor.FindProblem();
    }

    /// <summary>How many varints there are; -1 if one has more than ten bytes or the last one no end.</summary>
    private static int CountOneByOne(byte[] packed)
    {
        var (count, length) = (0, 0);
        foreach (var b in packed)
        {
            if (++length > 10) return -1;
            if ((b & 0x80) != 0) continue;
            (count, length) = (count + 1, 0);
        }
        return length == 0 ? count : -1;
    }
}
