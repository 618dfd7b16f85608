using System.Text;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>No record can make the engine throw, and nothing of a record's value shows in a line or a dead letter.</summary>
public class HostileRecordTests
{
    private const string Secret = "hunter2-4711";

    [Theory, InlineData(Transport.Rest, 1), InlineData(Transport.Grpc, 2), InlineData(Transport.Auto, 3)]
    public async Task AnyRecord_IsAnsweredOrRejected_AndNeverADefect(Transport transport, int seed)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport);

        var records = Enumerable.Range(0, 500).Select(i => Hostile(seed * 1000 + i)).ToList();
        var outcomes = await Until.Decided(records.Select(engine.Infer).ToList());

        Assert.All(outcomes, o => Assert.NotEqual(OutcomeKind.Unprocessed, o.Kind));
        Assert.All(outcomes, o => Assert.NotEqual(RejectionReason.InternalError, o.Rejection?.Reason ?? RejectionReason.EmptyValue));
        Assert.Empty(engine.Logs.At(LogLevel.Error));
        Assert.Contains(outcomes, o => o.Kind == OutcomeKind.Answered);
        foreach (var (record, outcome) in records.Zip(outcomes))
        {
            if (outcome.Rejection is { } rejection) Assert.Same(record.Value, DeadLetter.From(record, rejection, "errors").Value);
            else Assert.Same(record.Key, Result.From(record, outcome.Answer!, "out").Key);
        }
    }

    [Fact]
    public async Task HeadersThatAreNull_AreADefectOfOneRecordAndNotOfTheProcess()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Rest($$"""{"a":"{{Secret}}"}""") with { Headers = null! }));

        Assert.Equal(RejectionReason.InternalError, outcome.Rejection?.Reason);
        Assert.Single(engine.Logs.At(LogLevel.Error));
        Assert.DoesNotContain(engine.Logs.Lines, l => l.Text.Contains(Secret, StringComparison.Ordinal));
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Rest("{}", 1)))).Kind);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task ServerRepeatsTheValueInItsError_ItShowsOnlyInItsOwnWords(Transport transport)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, null, ("MODEL_TIMEOUT", "5s"));
        int[] statuses = transport == Transport.Grpc ? [1, 2, 3, 9, 13, 15] : [400, 413, 418, 422, 500, 502];
        model.Script = call =>
        {
            var echo = Encoding.UTF8.GetString(call.Body);
            var status = statuses[int.Parse(call.Puid.Split('-')[2], System.Globalization.CultureInfo.InvariantCulture)];
            return transport == Transport.Grpc ? Reactions.Grpc(status, echo) : Reactions.Http(status, echo, "text/plain", ("X-Echo", Secret));
        };

        for (var i = 0; i < statuses.Length; i++)
        {
            var record = TestRecords.Good(transport, i, Secret, TestRecords.Header("authorization", Secret));
            var outcome = await Until.Decided(engine.Infer(record));

            Assert.Equal(OutcomeKind.Rejected, outcome.Kind);
            var letter = DeadLetter.From(record, outcome.Rejection!, "errors");
            Assert.DoesNotContain(letter.Headers.Where(h => h.Name is not ("authorization" or "seldon-error-message")), h => Encoding.UTF8.GetString(h.Value!).Contains(Secret, StringComparison.Ordinal));
        }
        Assert.Equal(statuses.Length, engine.Logs.At(LogLevel.Warning).Count());
        Assert.DoesNotContain(engine.Logs.Lines, l => l.Text.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task HeldWithASecretInHeadersAndValue_ItShowsInNoLine(Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock);
        model.Script = _ => transport == Transport.Grpc ? Reactions.Grpc(14, Secret) : Reactions.Http(503, Secret);
        model.Readiness = transport == Transport.Grpc ? Reactions.Grpc(14, Secret) : Reactions.Http(500, Secret);

        var outcome = engine.Infer(TestRecords.Good(transport, 0, Secret, TestRecords.Header("authorization", Secret)));
        await Until.True(() => engine.Logs.At(LogLevel.Warning).Any(l => l.StartsWith("Still holding", StringComparison.Ordinal)), clock);

        Assert.False(outcome.IsCompleted);
        Assert.DoesNotContain(engine.Logs.Lines, l => l.Text.Contains(Secret, StringComparison.Ordinal));
    }

    /// <summary>A record of odd parts, the same for the same seed.</summary>
    private static Record Hostile(int seed)
    {
#pragma warning disable CA5394 // The same records in every run are wanted.
        var random = new Random(seed);
        string[] names = ["proto-name", "Proto-Name", "seldon-puid", "seldon-model", "content-type", "content-encoding", "x-a", "x-a-bin", "-bin", "", "\0", "é", "a b",
            ":path", "host", "te", "connection", "grpc-timeout", "authorization", "range", "cookie", "accept-encoding", "date", "via", "x\r\ny", "content-length", "expect",
            "content-range", "content-md5", "allow", "expires", "last-modified", "if-modified-since", "max-forwards", "from", "referer", "warning", "pragma", "priority"];
        byte[]?[] values = [null, [], "tensorflow.serving.PredictRequest"u8.ToArray(), "a"u8.ToArray(), "\r\n"u8.ToArray(), [0xff], new byte[5000], " a "u8.ToArray(), "gzip"u8.ToArray(),
            "a, b;c=\"d"u8.ToArray(), "100-continue"u8.ToArray(), "0"u8.ToArray(), "-1"u8.ToArray(), "{}"u8.ToArray()];
        byte[]?[] bodies = [null, [], TestRecords.Predict(), TestRecords.Predict()[..20], "{}"u8.ToArray(), "{"u8.ToArray(), "[]"u8.ToArray(), [0xff], new byte[100_000], TestRecords.Predict(model: "é")];
        var headers = Enumerable.Range(0, random.Next(6)).Select(_ => new Header(names[random.Next(names.Length)], values[random.Next(values.Length)])).ToArray();
        if (random.Next(2) == 0) headers = [.. headers, TestRecords.Header("proto-name", TestRecords.PredictRequestName)];
        return new Record(
            random.Next(2) == 0 ? "in" : "", random.Next(-1, 3), random.NextInt64(), random.NextInt64(long.MinValue, long.MaxValue),
            values[random.Next(values.Length)], bodies[random.Next(bodies.Length)], headers);
#pragma warning restore CA5394
    }
}
