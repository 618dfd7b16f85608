using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>REST values are the model's to read: whatever starts a JSON object is sent byte for byte, in every protocol.</summary>
public sealed class RestValueTests : IAsyncLifetime
{
    /// <summary>Values of <c>seldon-method</c>, one or several, that name no method.</summary>
    private static readonly byte[]?[][] NoMethods =
    [
        [null], [[]], ["Predict"u8.ToArray()], [" predict"u8.ToArray()], ["predict\0"u8.ToArray()], ["infer"u8.ToArray()], ["../../v1/models/other:predict"u8.ToArray()], [[0xff]],
        ["predict"u8.ToArray(), "predict"u8.ToArray()], ["predict"u8.ToArray(), null], ["predict"u8.ToArray(), "classify"u8.ToArray()],
    ];

    private const string Length = "Inference-Header-Content-Length";

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData("seldon"), InlineData("tensorflow"), InlineData("v2")]
    public async Task StartsNoObject_IsInvalidJson_WhateverTheProtocol(string protocol)
    {
        await using var engine = EngineFor(protocol);
        foreach (var value in new[] { "[{}]", "1", "NaN", "\"{}\"", " ", "\ufeff", "\ufeff[]", " \ufeff{}", "\ufeff\ufeff{}", "\0{}", "\v{}", "(", "//{}\n{}", "<html>" })
            Assert.Equal(RejectionReason.InvalidJson, (await Until.Decided(engine.Infer(TestRecords.Rest(value)))).Rejection?.Reason);
        Assert.Empty(_model.Calls);
    }

    [Theory]
    [InlineData("seldon", "{\"data\":{\"ndarray\":[[1e999,1]]}}"), InlineData("seldon", "{\"strData\":\"\\ud800\"}"), InlineData("seldon", "\t\r\n {")]
    [InlineData("tensorflow", "{\"instances\":[NaN,Infinity,-Infinity]}"), InlineData("tensorflow", "{\"inputs\":NaN} and more"), InlineData("v2", "{\"inputs\":[{\"data\":[NaN]}]}")]
    public async Task StartsAnObject_IsSentAsItIs(string protocol, string value)
    {
        await using var engine = EngineFor(protocol);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Rest(value)))).Kind);
        Assert.Equal(value, Encoding.UTF8.GetString(Assert.Single(_model.Calls).Body));
    }

    /// <summary>What a record's headers call something else than JSON, and what they do not.</summary>
    [Theory]
    [InlineData(true, "content-type", "image/png"), InlineData(true, "Content-Type", "multipart/form-data; boundary=x"), InlineData(true, "content-type", "application/x-www-form-urlencoded")]
    [InlineData(true, "content-type", "text/plain"), InlineData(true, "content-type", "application/octet-stream"), InlineData(true, "content-type", "application/vnd.x.json.v1")]
    [InlineData(true, "content-type", "application/json; charset=utf-16"), InlineData(true, "inference-header-content-length", "0"), InlineData(true, "Inference-Header-Content-Length", "8")]
    [InlineData(true, "content-encoding", "gzip"), InlineData(true, "content-encoding", "br")]
    [InlineData(false, "content-type", "application/json"), InlineData(false, "content-type", "Application/JSON; charset=\"UTF-8\""), InlineData(false, "content-type", "text/json; v=1")]
    [InlineData(false, "content-type", "application/cloudevents+json"), InlineData(false, "content-type", "nothing"), InlineData(false, "content-type", ""), InlineData(false, "content-encoding", "identity")]
    public async Task StartsNoObject_IsSentIfItsHeadersCallItSomethingElse(bool isSent, string header, string text)
    {
        byte[] image = [0x89, (byte)'P', (byte)'N', (byte)'G', 0xd, 0xa, 0x1a, 0xa, 0, 0xff];
        foreach (var protocol in new[] { "seldon", "tensorflow", "v2" })
        {
            await using var engine = EngineFor(protocol);
            var calls = _model.Calls.Count;

            var outcome = await Until.Decided(engine.Infer(TestRecords.Of(image, 0, TestRecords.Header(header, text))));

            Assert.Equal((isSent ? null : RejectionReason.InvalidJson, isSent ? 1 : 0), (outcome.Rejection?.Reason, _model.Calls.Count - calls));
            if (isSent) Assert.Equal((Convert.ToHexString(image), text), (Convert.ToHexString(_model.Calls.Last().Body), _model.Calls.Last().Headers[header.ToLowerInvariant()]));
        }
    }

    [Fact]
    public async Task TensorsOnly_AreSentEvenIfTheirTypeSaysJson()
    {
        await using var engine = EngineFor("v2");
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(TestRecords.Of([1, 2], 0, TestRecords.Header("content-type", "application/json"), TestRecords.Header(Length, "0"))))).Kind);
    }

    [Fact]
    public async Task TypeThatCannotBeSent_DoesNotSpeakForTheValue()
    {
        await using var engine = EngineFor("seldon");
        foreach (var headers in new Header[][] { [new("content-type", null)], [new("content-type", [0xff])], [TestRecords.Header("content-type", "image/png"), TestRecords.Header("Content-Type", "image/gif")] })
            Assert.Equal(RejectionReason.InvalidJson, (await Until.Decided(engine.Infer(TestRecords.Of([1, 2], 0, headers)))).Rejection?.Reason);
    }

    [Theory]
    [InlineData("tensorflow", "{\"predictions\":[NaN,-Infinity]}"), InlineData("seldon", "{\"data\":{\"ndarray\":[NaN]}}"), InlineData("v2", " {\"outputs\":[]} "), InlineData("v2", "\ufeff{}")]
    public async Task NaNInTheAnswer_IsTakenAsItIs(string protocol, string answer)
    {
        await using var engine = EngineFor(protocol);
        _model.Script = _ => Reactions.Http(200, answer);
        Assert.Equal(answer, Encoding.UTF8.GetString((await Until.Decided(engine.Infer(TestRecords.Rest("{}")))).Answer!.Value));
    }

    [Theory, InlineData("application/octet-stream"), InlineData("application/x-own"), InlineData(null)]
    public async Task BinaryTensors_GoThroughBothWaysWithTheirHeaders(string? contentType)
    {
        byte[] request = [.. """{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}"""u8, 0, 0, 0x80, 0x3f, 0xff, 0xfe, (byte)'{', 0];
        byte[] answer = [.. """{"outputs":[{"name":"y","parameters":{"binary_data_size":4}}]}"""u8, 0xff, 0, 0xfe, (byte)'"'];
        _model.Script = _ => Reactions.Http(200, answer, "application/octet-stream", (Length, "62"));
        Header[] headers = [TestRecords.Header(Length, $"{request.Length - 8}"), .. contentType is null ? [] : new[] { TestRecords.Header("Content-Type", contentType) }];
        await using var engine = EngineFor("v2");

        var record = TestRecords.Of(request, 0, headers);
        var outcome = await Until.Decided(engine.Infer(record));

        var call = Assert.Single(_model.Calls);
        Assert.Equal(request, call.Body);
        Assert.Equal(($"{request.Length - 8}", contentType ?? "application/octet-stream"), (call.Headers[Length.ToLowerInvariant()], call.Headers["content-type"]));
        var result = Result.From(record, outcome.Answer!, "out");
        Assert.Equal(answer, result.Value);
        // The record's own length and type are gone: each header stands there once.
        var entity = result.Headers.Where(h => h.Name.StartsWith("inference-", StringComparison.OrdinalIgnoreCase) || h.Name.StartsWith("content-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["content-type: application/octet-stream", "inference-header-content-length: 62"], entity.Select(h => $"{h.Name}: {Encoding.UTF8.GetString(h.Value!)}").Order());
    }

    [Theory, InlineData(null, "predict"), InlineData("predict", "predict"), InlineData("classify", "classify"), InlineData("regress", "regress")]
    public async Task MethodOfTensorFlow_IsWhatTheHeaderSays(string? header, string method)
    {
        await using var engine = EngineFor("tensorflow");
        var outcome = await Until.Decided(engine.Infer(TestRecords.Rest("{}", 0, header is null ? [] : [TestRecords.Header("Seldon-Method", header)])));

        Assert.Equal(OutcomeKind.Answered, outcome.Kind);
        Assert.Equal($"/v1/models/m:{method}", Assert.Single(_model.Calls).Path);
    }

    [Fact]
    public async Task NoMethodOfTensorFlow_IsUnknownMethod()
    {
        await using var engine = EngineFor("tensorflow");
        foreach (var values in NoMethods)
        {
            var outcome = await Until.Decided(engine.Infer(TestRecords.Rest("{}", 0, [.. values.Select(value => new Header("seldon-method", value))])));
            Assert.Equal(RejectionReason.UnknownMethod, outcome.Rejection?.Reason);
        }
        Assert.Empty(_model.Calls);
    }

    private EngineUnderTest EngineFor(string protocol) => EngineUnderTest.For(_model, Transport.Rest, null, ("SELDON_PROTOCOL", protocol));
}
