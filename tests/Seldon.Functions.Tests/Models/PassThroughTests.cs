using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Models;

/// <summary>What the engine sends and gives back is, byte for byte, what a bare client sends and gets.</summary>
public sealed class PassThroughTests : IAsyncLifetime
{
    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory]
    [InlineData("{\"instances\":[1.0,2]}"), InlineData("  {\"a\" : NaN } trailing \u00e9"), InlineData("{\"instances\":[\"\\ud800\"]}")]
    public async Task Rest_SameBytesAsHttpClient(string json)
    {
        var record = TestRecords.Rest(json, 0, TestRecords.Header("x-a", "1"), TestRecords.Header("Authorization", "Bearer x"));
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Post, $"{_model.RestUrl}/v1/models/m:predict") { Content = new ByteArrayContent(record.Value!) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Add("x-a", "1");
        message.Headers.Add("Authorization", "Bearer x");
        message.Headers.Add("seldon-puid", "in-3-0");
        using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
        var expected = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        await using var engine = EngineUnderTest.For(_model, Transport.Rest);
        var outcome = await Until.Decided(engine.Infer(record));

        Assert.Equal(expected, outcome.Answer?.Value);
        Assert.Equal(2, _model.Calls.Count);
    }

    [Theory, InlineData(10), InlineData(100_000), InlineData(9_000_000)]
    public async Task Grpc_SameBytesAsGrpcClient(int size)
    {
        var record = TestRecords.Grpc(TestRecords.Predict(new string('a', size)), 0, TestRecords.Header("x-a", "1"), new Header("x-b-bin", [0, 0xff]));
        var bytes = Marshallers.Create(static (byte[] b) => b, static b => b);
        using var channel = GrpcChannel.ForAddress(_model.GrpcUrl);
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, "tensorflow.serving.PredictionService", "Predict", bytes, bytes), null,
            new CallOptions(new Metadata { { "x-a", "1" }, { "x-b-bin", [0, 0xff] }, { "seldon-puid", "in-3-0" } }, cancellationToken: TestContext.Current.CancellationToken),
            record.Value!);
        var expected = await call.ResponseAsync;

        await using var engine = EngineUnderTest.For(_model, Transport.Grpc);
        var outcome = await Until.Decided(engine.Infer(record));

        Assert.Equal(expected, outcome.Answer?.Value);
        Assert.Equal(2, _model.Calls.Count);
    }

    [Theory, InlineData(Transport.Rest), InlineData(Transport.Grpc)]
    public async Task AnswerOfSixteenMegabytes_ComesWhole(Transport transport)
    {
        var message = transport == Transport.Grpc ? LargeMessage() : [(byte)'{', .. Enumerable.Repeat((byte)' ', 16 << 20), (byte)'}'];
        _model.Script = _ => transport == Transport.Grpc ? Reactions.Frame(message) : Reactions.Http(200, message, "application/json");
        await using var engine = EngineUnderTest.For(_model, transport);

        var outcome = await Until.Decided(engine.Infer(TestRecords.Good(transport)));

        Assert.True(message.AsSpan().SequenceEqual(outcome.Answer?.Value));
    }

    // PredictResponse { 31: bytes }
    private static byte[] LargeMessage() => [0xfa, 0x01, 0x80, 0x80, 0x80, 0x08, .. new byte[16 << 20]];
}
