using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Records;

/// <summary>Which <c>traceparent</c> of a record counts, and what of it goes to the model.</summary>
public sealed class TraceContextTests : IAsyncLifetime
{
    private const string Good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    public static readonly TheoryData<string> Valid = [Good, Good[..^1] + "0", Good[..^2] + "ff", "cc" + Good[2..], "01" + Good[2..] + "-more"];

    public static readonly TheoryData<string> Malformed =
    [
        "", "x", Good[..^1], Good + "0", Good + "-more", "ff" + Good[2..], "0G" + Good[2..], Good.ToUpperInvariant(), Good.Replace('-', '_'),
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x", " " + Good, Good + " ",
        "01" + Good[2..] + "more", "01" + Good[2..] + "-é",
    ];

    [Theory, MemberData(nameof(Valid))]
    public async Task Valid_ReachesTheModelWithItsState(string parent)
    {
        foreach (var headers in await SendAsync(TestRecords.Header("Traceparent", parent), TestRecords.Header("TraceState", "a=1")))
            Assert.Equal((parent, "a=1"), (headers.GetValueOrDefault("traceparent"), headers.GetValueOrDefault("tracestate")));
    }

    [Theory, MemberData(nameof(Malformed))]
    public async Task Malformed_ReachesNobody_AndStaysOnTheResult(string parent)
    {
        var own = TestRecords.Header("traceparent", parent);
        foreach (var headers in await SendAsync(own, TestRecords.Header("tracestate", "a=1")))
        {
            Assert.DoesNotContain("traceparent", headers.Keys);
            Assert.DoesNotContain("tracestate", headers.Keys);
        }
        var result = Result.From(TestRecords.Rest("{}", 0, own), new Answer("default", "m", [], []), "out");
        Assert.Same(own.Value, Assert.Single(result.Headers, h => h.Name == "traceparent").Value);
    }

    [Fact]
    public async Task Repeated_ReachesNobody()
    {
        foreach (var headers in await SendAsync(TestRecords.Header("traceparent", Good), TestRecords.Header("TRACEPARENT", Good)))
            Assert.DoesNotContain("traceparent", headers.Keys);
    }

    [Fact]
    public async Task StateIsIllegalOrRepeatedOrAlone_OnlyTheParentReachesTheModel()
    {
        Header[][] states = [[TestRecords.Header("tracestate", "a\nb")], [new Header("tracestate", null)], [TestRecords.Header("tracestate", "a=1"), TestRecords.Header("tracestate", "b=2")]];
        foreach (var state in states)
        {
            foreach (var headers in await SendAsync([TestRecords.Header("traceparent", Good), .. state]))
            {
                Assert.Equal(Good, headers["traceparent"]);
                Assert.DoesNotContain("tracestate", headers.Keys);
            }
        }
        foreach (var headers in await SendAsync(TestRecords.Header("tracestate", "a=1"))) Assert.DoesNotContain("tracestate", headers.Keys);
    }

    [Fact]
    public async Task HostMakesNoSpan_TheCallIsAChildOfTheRecordsSender()
    {
        const string trace = "11112222333344445555666677778888";
        using var spans = new Spans(null, trace);
        var sent = await SendAsync(TestRecords.Header("traceparent", $"00-{trace}-00f067aa0ba902b7-01"));

        Assert.Equal(spans.Calls.Select(c => c.Id).Order(), sent.Select(h => h["traceparent"]).Order());
        Assert.All(spans.Calls, c => Assert.Equal((trace, "00f067aa0ba902b7"), (c.TraceId.ToHexString(), c.ParentSpanId.ToHexString())));
    }

    /// <summary>The headers that arrived, over each transport.</summary>
    private async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SendAsync(params Header[] headers)
    {
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc })
        {
            await using var engine = EngineUnderTest.For(_model, transport);
            var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport, headers: headers)));
            Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        }
        return [.. _model.Calls.TakeLast(2).Select(c => c.Headers)];
    }
}
