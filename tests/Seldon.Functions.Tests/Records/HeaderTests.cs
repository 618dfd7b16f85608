using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Records;

/// <summary>Which of a record's headers go to the model, and what becomes of the others.</summary>
public sealed class HeaderTests : IAsyncLifetime
{
    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData(Transport.Rest, "x-tenant", "a"), InlineData(Transport.Grpc, "x-tenant", "a")]
    [InlineData(Transport.Rest, "X-Tenant", "A b;c=\"d\""), InlineData(Transport.Grpc, "X-Tenant", "A b;c=\"d\"")]
    [InlineData(Transport.Rest, "authorization", "Bearer x.y"), InlineData(Transport.Grpc, "authorization", "Bearer x.y")]
    [InlineData(Transport.Rest, "x-empty", ""), InlineData(Transport.Grpc, "x-empty", "")]
    [InlineData(Transport.Rest, "accept", "application/json"), InlineData(Transport.Rest, "content-language", "de")]
    [InlineData(Transport.Rest, "x_under.dot~tilde!", "a"), InlineData(Transport.Grpc, "x_under.dot", "a")]
    [InlineData(Transport.Rest, "date", "no date"), InlineData(Transport.Rest, "if-none-match", "no tag")]
    [InlineData(Transport.Rest, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData(Transport.Grpc, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public async Task LegalHeader_ArrivesAndStaysOnTheResult(Transport transport, string name, string value)
    {
        var (headers, result) = await InferAsync(transport, TestRecords.Header(name, value));

        Assert.Equal(value, headers.GetValueOrDefault(name.ToLowerInvariant()));
        Assert.Equal(value, result.Headers.TextOf(name));
    }

    [Theory]
    [InlineData("proto-name"), InlineData("Connection"), InlineData("keep-alive"), InlineData("proxy-authenticate"), InlineData("proxy-authorization")]
    [InlineData("proxy-connection"), InlineData("TE"), InlineData("trailer"), InlineData("transfer-encoding"), InlineData("upgrade"), InlineData("expect")]
    [InlineData("grpc-timeout"), InlineData("Grpc-Encoding"), InlineData("grpc-anything"), InlineData("user-agent"), InlineData("Host"), InlineData("content-length")]
    [InlineData(":path"), InlineData(":authority"), InlineData("a:b")]
    public async Task HeaderOfTheConnection_IsWithheldOnBothTransports(string name)
    {
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc })
        {
            if (name == "proto-name" && transport == Transport.Grpc) continue;

            var (headers, result) = await InferAsync(transport, TestRecords.Header(name, "own"));

            Assert.DoesNotContain(headers, h => h.Value.Contains("own", StringComparison.Ordinal));
            if (name != "proto-name") Assert.Equal("own", result.Headers.TextOf(name));
        }
    }

    public static readonly TheoryData<string, string, byte[]?> Illegal = new()
    {
        { "null value", "x-a", null },
        { "CR LF", "x-a", "a\r\nx-injected: b"u8.ToArray() },
        { "CR", "x-a", "a\rb"u8.ToArray() },
        { "LF", "x-a", "a\nb"u8.ToArray() },
        { "NUL", "x-a", [0] },
        { "non-ASCII", "x-a", "é"u8.ToArray() },
        { "not UTF-8", "x-a", [0xff, 0xfe] },
        { "space before", "x-a", " a"u8.ToArray() },
        { "space after", "x-a", "a "u8.ToArray() },
        { "empty name", "", "a"u8.ToArray() },
        { "name with space", "x a", "a"u8.ToArray() },
        { "name with LF", "x\na", "a"u8.ToArray() },
        { "name non-ASCII", "naïve", "a"u8.ToArray() },
    };

    [Theory, MemberData(nameof(Illegal))]
    public async Task IllegalHeader_IsSkippedTowardsTheModelAndStaysOnTheResult(string what, string name, byte[]? value)
    {
        foreach (var transport in new[] { Transport.Rest, Transport.Grpc })
        {
            var (headers, result) = await InferAsync(transport, new Header(name, value));

            Assert.False(headers.ContainsKey(name.ToLowerInvariant()), what);
            Assert.DoesNotContain("x-injected", headers.Keys);
            var kept = Assert.Single(result.Headers, h => h.Name == name);
            Assert.Same(value, kept.Value);
        }
    }

    [Fact]
    public async Task BinHeader_ArrivesAsBase64OverGrpc_AndAsTextOverRest()
    {
        byte[] bytes = [0, 1, 0xff, (byte)'\n'];
        Assert.Equal(Convert.ToBase64String(bytes), (await InferAsync(Transport.Grpc, new Header("x-a-bin", bytes))).Sent.GetValueOrDefault("x-a-bin"));
        Assert.Equal("text", (await InferAsync(Transport.Rest, TestRecords.Header("x-a-bin", "text"))).Sent.GetValueOrDefault("x-a-bin"));
        Assert.DoesNotContain("x-a-bin", (await InferAsync(Transport.Rest, new Header("x-a-bin", bytes))).Sent.Keys);
    }

    [Fact]
    public async Task ContentType_DefaultsToJsonOverRest()
    {
        Assert.Equal("application/json", (await InferAsync(Transport.Rest)).Sent["content-type"]);
        Assert.Equal("application/json", (await InferAsync(Transport.Rest, new Header("content-type", null))).Sent["content-type"]);
        Assert.Equal("application/json", (await InferAsync(Transport.Rest, TestRecords.Header("content-type", "a\nb"))).Sent["content-type"]);
    }

    [Fact]
    public async Task ContentTypeOfTheRecord_IsSentOverRest_AndNotOverGrpc()
    {
        var own = TestRecords.Header("Content-Type", "application/json; charset=utf-8; own=1");

        Assert.Equal("application/json; charset=utf-8; own=1", (await InferAsync(Transport.Rest, own)).Sent["content-type"]);
        Assert.Equal("application/grpc", (await InferAsync(Transport.Grpc, own)).Sent["content-type"]);
    }

    [Fact]
    public async Task EncodedValue_IsSentAsItIsWithItsCoding()
    {
        byte[] gzip = [0x1f, 0x8b, 8, 0, 1, 2, 3];
        await using var engine = EngineUnderTest.For(_model, Transport.Rest);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(gzip, 0, TestRecords.Header("Content-Encoding", "gzip"))));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        var call = Assert.Single(_model.Calls);
        Assert.Equal(gzip, call.Body);
        Assert.Equal("gzip", call.Headers["content-encoding"]);
    }

    [Fact]
    public async Task EncodedAnswer_ReachesTheResultWithItsCoding()
    {
        byte[] gzip = [0x1f, 0x8b, 8, 0, 1, 2, 3];
        _model.Script = _ => Reactions.Http(200, gzip, "application/json; a=b", ("Content-Encoding", "gzip"));

        var (_, result) = await InferAsync(Transport.Rest, TestRecords.Header("content-type", "own"), TestRecords.Header("accept-encoding", "gzip"));

        Assert.Equal(gzip, result.Value);
        Assert.Equal(("gzip", "application/json; a=b"), (result.Headers.TextOf("content-encoding"), result.Headers.TextOf("content-type")));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task Puid_IsDerivedFromThePlaceOfTheRecord_OrItsOwn(Transport transport)
    {
        Assert.Equal("in-3-0", (await InferAsync(transport)).Sent["seldon-puid"]);
        Assert.Equal("in-3-0", (await InferAsync(transport, TestRecords.Header("seldon-puid", ""))).Sent["seldon-puid"]);

        var (sent, result) = await InferAsync(transport, TestRecords.Header("Seldon-Puid", "own"));
        Assert.Equal(("own", "own"), (sent["seldon-puid"], result.Headers.TextOf("seldon-puid")));
        Assert.DoesNotContain(result.Headers, h => h.Name == "Seldon-Puid");
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task RepeatedHeader_ArrivesWithBothValues(Transport transport)
    {
        var (sent, result) = await InferAsync(transport, TestRecords.Header("x-a", "1"), TestRecords.Header("x-a", "2"));

        Assert.Equal("12", new string(sent["x-a"].Where(char.IsDigit).ToArray()));
        Assert.Equal(2, result.Headers.Count(h => h.Name == "x-a"));
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task HeadersLargerThanTheServerTakes_EndThatRecordAndNoOther(Transport transport)
    {
        await using var engine = EngineUnderTest.For(_model, transport);

        var others = Enumerable.Range(1, 20).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList();
        var large = engine.Infer(TestRecords.Good(transport, 0, "good", new Header("x-large", Encoding.ASCII.GetBytes(new string('a', 100_000)))));
        var more = Enumerable.Range(21, 20).Select(i => engine.Infer(TestRecords.Good(transport, i))).ToList();

        Assert.Equal(OutcomeKind.Rejected, (await Until.Decided(large)).Kind);
        Assert.All(await Until.Decided([.. others, .. more]), o => Assert.Equal(OutcomeKind.Answered, o.Kind));
    }

    /// <summary>The headers as they arrived, and the result as it would be published.</summary>
    private async Task<(IReadOnlyDictionary<string, string> Sent, ProducerRecord Result)> InferAsync(Transport transport, params Header[] headers)
    {
        await using var engine = EngineUnderTest.For(_model, transport);
        var record = TestRecords.Good(transport, headers: headers);
        var outcome = await Until.Decided(engine.Infer(record));
        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        return (_model.Calls.Last().Headers, Result.From(record, outcome.Answer!, "out"));
    }
}
