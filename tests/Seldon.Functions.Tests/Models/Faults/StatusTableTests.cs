using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>"Whose fault", row by row, in the protocols seldon and v2 (tensorflow: see <see cref="FaultTableRecordTests"/> and its neighbours).</summary>
public class StatusTableTests
{
    // TensorFlow alone writes ABORTED as 409.
    private const string OnlyTensorFlow = "REST 409 (ABORTED of TensorFlow)";

    // What a model of Seldon's protocol may answer.
    private static readonly string[] NotOfSeldon = ["REST 200 with a JSON array", "gRPC OK with an empty message"];

    public static readonly TheoryData<string, string> OfRecord = ByProtocol(Failure.OfRecord);
    public static readonly TheoryData<string, string> OfServer = ByProtocol(Failure.OfServer);
    public static readonly TheoryData<string, string> OfSetUp = ByProtocol(Failure.OfSetUp);
    public static readonly TheoryData<string, string> OfEither = ByProtocol(Failure.OfEither);

    /// <summary>code, reason, and what becomes of the record: a dead letter at once, after three attempts, or held.</summary>
    public static readonly TheoryData<Transport, int, string, string> Failures = new()
    {
        { Transport.Rest, 400, "", "record" }, { Transport.Grpc, 400, "", "record" },
        { Transport.Rest, -1, "MICROSERVICE_BAD_DATA", "record" }, { Transport.Grpc, -1, "MICROSERVICE_BAD_DATA", "record" },
        { Transport.Rest, 500, "MICROSERVICE_INTERNAL_ERROR", "either" }, { Transport.Grpc, 500, "MICROSERVICE_INTERNAL_ERROR", "either" },
        { Transport.Rest, 0, "", "either" }, { Transport.Grpc, 0, "", "either" },
        { Transport.Rest, 200, "", "either" }, { Transport.Grpc, 200, "", "either" },
        { Transport.Rest, 503, "", "server" }, { Transport.Grpc, 503, "", "server" },
        { Transport.Rest, 401, "", "server" }, { Transport.Grpc, 401, "", "server" },
    };

    [Theory, MemberData(nameof(OfRecord))]
    public Task RecordIsWrong_IsRejectedAfterOneCall(string protocol, string row) => IsRejectedAsync(protocol, Failure.OfRecord[row], Failure.TransportOf(row), 1);

    [Theory, MemberData(nameof(OfEither))]
    public Task CouldBeEither_IsRejectedAfterThree(string protocol, string row) => IsRejectedAsync(protocol, Failure.OfEither[row], Failure.TransportOf(row), 3);

    [Theory, MemberData(nameof(OfServer))]
    public Task ServerIsOut_IsHeld(string protocol, string row) => IsHeldAsync(protocol, Failure.OfServer[row], Failure.TransportOf(row));

    [Theory, MemberData(nameof(OfSetUp))]
    public Task SetUpIsWrong_IsHeld(string protocol, string row) => IsHeldAsync(protocol, Failure.OfSetUp[row], Failure.TransportOf(row));

    [Theory, MemberData(nameof(Failures))]
    public Task BodyOfSeldonSaysFailure_ItsOwnCodeDecides(Transport transport, int code, string reason, string expected)
    {
        var reaction = transport == Transport.Rest
            ? Reactions.Http(200, $$"""{"meta":{},"status":{"status":{{(code == 400 ? "1" : "\"FAILURE\"")}},"code":{{code}},"reason":"{{reason}}"},"strData":"secret payload"}""")
            : Reactions.Frame(new SeldonMessage
            {
                StrData = "secret payload",
                Status = new SeldonStatus { Code = code, Reason = reason, Status = SeldonStatus.Types.Flag.Failure },
            }.ToByteArray());
        var failure = new Failure(reaction, expected == "record" ? RejectionReason.RefusedByModel : RejectionReason.ModelFailed, $"FAILURE {code}");
        return expected == "server" ? IsHeldAsync("seldon", failure, transport) : IsRejectedAsync("seldon", failure, transport, expected == "record" ? 1 : 3);
    }

    /// <summary>Until 2024, Triton answered 400 to all that failed.</summary>
    [Theory, InlineData("Exceeds maximum queue size"), InlineData("in ensemble 'e', Request timeout expired")]
    public async Task TritonSaysIn400ThatItIsBusy_IsPushBack(string words)
    {
        var failure = new Failure(Reactions.Http(400, $$"""{"error":"{{words}}"}"""), RejectionReason.ModelFailed, "400");
        await IsHeldAsync("v2", failure, Transport.Rest);

        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, Transport.Rest, clock, ("SELDON_PROTOCOL", "v2"));
        await Until.Decided(engine.Infer(TestRecords.GoodFor("v2", Transport.Rest, 0)), clock);
        model.Script = call => call.Attempt <= 4 ? failure.Reaction : Reactions.Digest;
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.GoodFor("v2", Transport.Rest, 1)), clock)).Kind);
    }

    private static async Task IsRejectedAsync(string protocol, Failure failure, Transport transport, int attempts)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, ("SELDON_PROTOCOL", protocol));
        model.Script = call => call.Says("bad") ? failure.Reaction : Reactions.Digest;

        var outcome = await Until.Decided(engine.Infer(TestRecords.GoodFor(protocol, transport, 0, "bad")), clock);
        var next = await Until.Decided(engine.Infer(TestRecords.GoodFor(protocol, transport, 1)), clock);

        Assert.Equal(
            (failure.Reason, failure.Status, attempts), (outcome.Rejection?.Reason, outcome.Rejection?.Status, outcome.Rejection?.Attempts));
        Assert.Equal(OutcomeKind.Answered, next.Kind);
        Assert.DoesNotContain("secret", $"{outcome.Rejection} {string.Join(' ', engine.Logs.Lines)}", StringComparison.Ordinal);
    }

    private static async Task IsHeldAsync(string protocol, Failure failure, Transport transport)
    {
        var clock = EngineUnderTest.StandingClock();
        await using var model = await ScriptedModel.StartAsync();
        await using var engine = EngineUnderTest.For(model, transport, clock, ("SELDON_PROTOCOL", protocol));
        var isWell = false;
        model.Script = _ => isWell ? Reactions.Digest : failure.Reaction;

        var outcome = engine.Infer(TestRecords.GoodFor(protocol, transport, 0));
        await Until.True(() => model is { Calls.Count: >= 4, Probes.Count: > 0 }, clock);
        Assert.False(outcome.IsCompleted);
        isWell = true;

        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(outcome, clock)).Kind);
    }

    private static TheoryData<string, string> ByProtocol(IReadOnlyDictionary<string, Failure> rows)
    {
        var data = new TheoryData<string, string>();
        foreach (var row in rows.Keys.Where(r => r != OnlyTensorFlow))
        {
            if (!NotOfSeldon.Contains(row)) data.Add("seldon", row);
            data.Add("v2", row);
        }
        return data;
    }
}
