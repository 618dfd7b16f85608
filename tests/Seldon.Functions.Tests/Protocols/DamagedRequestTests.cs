using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>Requests of every type that were damaged on their way, against what Google's parser makes of them.</summary>
public sealed class DamagedRequestTests : IAsyncLifetime
{
    private static readonly byte[] Flips = [1, 8, 0x80, 0xff];

    private ScriptedModel _model = null!;

    public static TheoryData<string> Names => RequestTypes.Names;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, MemberData(nameof(Names))]
    public Task TruncatedAtEveryOffset_IsSentOnlyIfItIsAWholeRequest(string name)
    {
        var type = RequestTypes.All[name];
        return AssertDecided(type, Enumerable.Range(1, type.Good.Length - 1).Select(length => type.Good[..length]));
    }

    [Theory, MemberData(nameof(Names))]
    public Task OneFlippedByte_IsSentOnlyIfItIsAWholeRequest(string name)
    {
        var type = RequestTypes.All[name];
        return AssertDecided(type, from i in Enumerable.Range(0, type.Good.Length) from bits in Flips select Flipped(type.Good, i, bits));
    }

    [Theory, MemberData(nameof(Names))]
    public Task RandomBytes_AreSentOnlyIfTheyAreAWholeRequest(string name)
    {
#pragma warning disable CA5394 // The same bytes in every run are wanted.
        var random = new Random(5);
        return AssertDecided(RequestTypes.All[name], Enumerable.Range(0, 1000).Select(_ =>
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            return bytes;
        }));
#pragma warning restore CA5394
    }

    private static byte[] Flipped(byte[] value, int index, byte bits)
    {
        byte[] flipped = [.. value];
        flipped[index] ^= bits;
        return flipped;
    }

    /// <summary>Sent are only whole requests, and all that are plainly such; the others are rejected as what they are.</summary>
    private async Task AssertDecided(RequestType type, IEnumerable<byte[]> values)
    {
        await using var engine = type.EngineFor(_model);
        foreach (var (i, value) in values.Index())
        {
            var calls = _model.Calls.Count;
            var outcome = await Until.Decided(engine.Infer(type.Record(value, i)));

            var isSent = outcome.Kind == OutcomeKind.Answered;
            Assert.True(isSent ? type.IsWhole(value) : !type.IsPlainlyWhole(value), $"{i}: {Convert.ToHexString(value)}: {outcome.Rejection?.Message ?? "sent"}");
            Assert.True(isSent || outcome.Rejection?.Reason == RejectionReason.InvalidProtobuf);
            Assert.Equal(isSent ? 1 : 0, _model.Calls.Count - calls);
        }
    }
}
