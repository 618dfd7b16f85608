using CsCheck;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Protocols;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>Whatever the records are and whatever the model does: nothing is lost, nothing is thrown, and nothing is left taken.</summary>
public class EngineProperties
{
    private const int Seconds = 10;
    private const int Workers = 3;

    /// <summary>Where it says how many samples there were.</summary>
    private static Action<string> Output => TestContext.Current.TestOutputHelper!.WriteLine;

    [Fact]
    public Task AnyRecordsAndAnyModel_EachIsAnsweredRejectedOrHeld() =>
        AnyScene.Any.SampleAsync(PlayAsync, Output, time: Seconds, threads: 2, print: Show);

    private static async Task PlayAsync(AnyScene scene)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, scene.Transport, clock, ("SELDON_PROTOCOL", scene.Protocol), ("KAFKA_WORKERS", $"{Workers}"), ("MODEL_TIMEOUT", "20s"));
        var calls = -1;
        model.Script = _ => scene.Script[(uint)Interlocked.Increment(ref calls) % scene.Script.Length].Reaction;
        using var cancel = new CancellationTokenSource();

        var outcomes = scene.Records.Select(r => engine.Engine.InferAsync(r, cancel.Token).AsTask()).ToList();
        var turns = 0;
        await Until.True(() => outcomes.All(o => o.IsCompleted) || turns++ >= scene.Turns, clock);
        if (scene.IsCancelled) await cancel.CancelAsync();
        // An answer to every type of request.
        model.Script = call => call.IsGrpc ? RequestType.Answer : Reactions.Digest;

        // Every slot is free again, or will be.
        Transport[] transports = scene.Transport == Transport.Auto ? [Transport.Rest, Transport.Grpc] : [scene.Transport];
        var next = Enumerable.Range(0, 4 * Workers).Select(i => engine.Infer(TestRecords.GoodFor(scene.Protocol, transports[i % transports.Length], i))).ToList();
        Assert.All(await Until.Decided(next, clock), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
        foreach (var outcome in await Until.Decided(outcomes, clock))
        {
            Assert.True(outcome.Kind != OutcomeKind.Unprocessed || scene.IsCancelled);
            Assert.NotEqual(RejectionReason.InternalError, outcome.Rejection?.Reason ?? RejectionReason.EmptyValue);
            Assert.Equal((outcome.Kind == OutcomeKind.Answered, outcome.Kind == OutcomeKind.Rejected), (outcome.Answer is not null, outcome.Rejection is not null));
        }
        Assert.DoesNotContain(engine.Logs.At(LogLevel.Error), l => l.Contains("internal-error", StringComparison.Ordinal));
    }

    private static string Show(AnyScene scene) =>
        $"{scene.Protocol} {scene.Transport}, {scene.Turns} turns, {(scene.IsCancelled ? "cancelled" : "not cancelled")}; the model: {string.Join(", ", scene.Script.Select(r => r.Name.Length < 80 ? r.Name : r.Name[..80]))}; records:\n"
        + string.Join('\n', scene.Records.Select(r => $"{r.Topic}-{r.Partition}-{r.Offset} {Hex(r.Value)} {string.Join(' ', r.Headers.Select(h => $"{h.Name}={Hex(h.Value)}"))}"));

    private static string Hex(byte[]? bytes) => bytes is null ? "null" : Convert.ToHexString(bytes.AsSpan(0, Math.Min(100, bytes.Length)));
}
