using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>Messages in messages in messages: as deep as the libraries of the servers take them, and never a stack that overflows.</summary>
public sealed class NestingTests : IAsyncLifetime
{
    private const int Deepest = 100;
    private static readonly RequestType Type = RequestTypes.All["seldon.protos.SeldonMessage"];

    private ScriptedModel _model = null!;

    /// <summary>Where in a SeldonMessage a value can be nested: the fields from the outside in, and those that lead from a value to the next.</summary>
    public static readonly TheoryData<string, int[], int[]> Places = new()
    {
        // jsonData { list_value { values … } }, jsonData { struct_value { fields { value … } } }
        { "lists in jsonData", [6], [6, 1] },
        { "structs in jsonData", [6], [5, 1, 2] },
        // data { ndarray { values { list_value … } } }
        { "lists in ndarray", [3, 3, 1], [6, 1] },
    };

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, MemberData(nameof(Places))]
    public async Task Nested_IsSentAsDeepAsProtobufTakesIt(string place, int[] start, int[] step)
    {
        await using var engine = Type.EngineFor(_model);
        for (var depth = Deepest - 5; depth <= Deepest + 5; depth++)
        {
            var value = Nest(start, step, depth);

            var outcome = await Until.Decided(engine.Infer(Type.Record(value, depth)));

            Assert.True(Type.IsWhole(value) == (depth <= Deepest), $"{place}, {depth} deep: Google's parser");
            Assert.True((outcome.Kind == OutcomeKind.Answered) == (depth <= Deepest), $"{place}, {depth} deep: {outcome.Kind}");
        }
    }

    [Theory, MemberData(nameof(Places))]
    public async Task HundredThousandDeep_IsInvalidProtobuf(string place, int[] start, int[] step)
    {
        await using var engine = Type.EngineFor(_model);
        var outcome = await Until.Decided(engine.Infer(Type.Record(Nest(start, step, 100_000))));

        Assert.True(outcome.Rejection?.Reason == RejectionReason.InvalidProtobuf, place);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(Type.Record(Type.Good, 1)))).Kind);
    }

    [Fact]
    public async Task HundredThousandDeepInAFieldThatNobodyKnows_IsSentAsItIs()
    {
        await using var engine = Type.EngineFor(_model);
        byte[] value = [.. Type.Good, .. Nest([1000], [6, 1], 100_000)];

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(Type.Record(value)))).Kind);
        Assert.Equal(value, Assert.Single(_model.Calls).Body);
    }

    /// <summary>So many messages in each other within the outermost: the fields of the start, and then the steps again and again.</summary>
    private static byte[] Nest(int[] start, int[] step, int depth)
    {
        // Written from the end, so that every length is known when it is written.
        var bytes = new byte[depth * 8];
        var at = bytes.Length;
        for (var level = depth - 1; level >= 0; level--)
        {
            var field = level < start.Length ? start[level] : step[(level - start.Length) % step.Length];
            byte[] head = new WireWriter().Varint(field, bytes.Length - at).ToArray();
            // The same as the head of that many bytes, but for the wire type.
            head[0] |= WireReader.LengthDelimited;
            at -= head.Length;
            head.CopyTo(bytes, at);
        }
        return bytes[at..];
    }
}
