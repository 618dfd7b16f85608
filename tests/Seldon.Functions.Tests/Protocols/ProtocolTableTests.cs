using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Models.Faults;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>
/// The table of methods, row by row over real sockets: where a request goes, that a bare client's call is the same to the byte, and
/// what the result says that it is.
/// </summary>
public sealed class ProtocolTableTests : IAsyncLifetime
{
    public static readonly TheoryData<string> GrpcRows = [.. GrpcRow.All.Keys];

    public static readonly TheoryData<string> RestRows = [.. RestRow.All.Keys];

    private ScriptedModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, MemberData(nameof(GrpcRows))]
    public async Task GrpcRequest_GoesToItsMethodAsABareClientSendsIt(string name)
    {
        var row = GrpcRow.All[name];
        _model.Script = _ => Reactions.Frame(row.Answer.ToByteArray());
        var bytes = Marshallers.Create(static (byte[] b) => b, static b => b);
        using var channel = GrpcChannel.ForAddress(_model.GrpcUrl);
        var slash = row.Path.LastIndexOf('/');
        var method = new Method<byte[], byte[]>(MethodType.Unary, row.Path[1..slash], row.Path[(slash + 1)..], bytes, bytes);
        var metadata = new Metadata { { "x-a", "1" }, { "seldon-puid", "in-3-0" } };
        using var bare = channel.CreateCallInvoker().AsyncUnaryCall(
            method, null, new CallOptions(metadata, cancellationToken: TestContext.Current.CancellationToken), (row.Sent ?? row.Request).ToByteArray());
        var expected = await bare.ResponseAsync;

        await using var engine = EngineUnderTest.For(_model, Transport.Grpc, null, row.Settings);
        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(
            row.Request.ToByteArray(), 0, TestRecords.Header("proto-name", row.RequestType), TestRecords.Header("x-a", "1"))));

        Assert.Equal(expected, outcome.Answer?.Value);
        Assert.Equal(row.ResponseType, outcome.Answer!.EntityHeaders.TextOf("proto-name"));
        var (first, second) = (_model.Calls.First(), _model.Calls.Last());
        Assert.Equal((row.Path, first.Path), (second.Path, second.Path));
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(HeadersOf(first), HeadersOf(second));
    }

    [Theory, MemberData(nameof(RestRows))]
    public async Task RestRequest_GoesToItsPathAsABareClientSendsIt(string name)
    {
        var row = RestRow.All[name];
        _model.Script = _ => Reactions.Http(200, row.Answer, row.AnswerType, row.AnswerHeaders);
        using var client = new HttpClient();
        using var message = new HttpRequestMessage(HttpMethod.Post, _model.RestUrl + row.Path) { Content = new ByteArrayContent(row.Body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue(row.ContentType);
        foreach (var header in row.Headers) message.Headers.TryAddWithoutValidation(header.Name, Encoding.UTF8.GetString(header.Value!));
        message.Headers.Add("seldon-puid", "in-3-0");
        using var response = await client.SendAsync(message, TestContext.Current.CancellationToken);
        var expected = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        await using var engine = EngineUnderTest.For(_model, Transport.Rest, null, row.Settings);
        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(row.Body, 0, row.Headers)));

        Assert.Equal(expected, outcome.Answer?.Value);
        Assert.Equal(row.AnswerType, outcome.Answer!.EntityHeaders.TextOf("content-type"));
        foreach (var (header, value) in row.AnswerHeaders) Assert.Equal(value, outcome.Answer.EntityHeaders.TextOf(header));
        var (first, second) = (_model.Calls.First(), _model.Calls.Last());
        Assert.Equal((row.Path, first.Path), (second.Path, second.Path));
        Assert.Equal(first.Body, second.Body);
        Assert.Equal(HeadersOf(first), HeadersOf(second));
    }

    [Theory]
    [InlineData("tensorflow.serving.ReloadConfigRequest", "tensorflow"), InlineData("tensorflow.serving.SessionRunRequest", "tensorflow")]
    [InlineData("inference.RepositoryModelLoadRequest", "v2"), InlineData("inference.RepositoryModelUnloadRequest", "v2"), InlineData("inference.RepositoryIndexRequest", "v2")]
    [InlineData("inference.ServerReadyRequest", "v2"), InlineData("inference.ModelMetadataRequest", "v2")]
    [InlineData("seldon.protos.Feedback", "seldon"), InlineData("seldon.protos.SeldonMessageList", "seldon"), InlineData("google.protobuf.Empty", "seldon")]
    public async Task AdministrativeRequest_IsRejectedByName(string type, string protocol)
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc, null, ("SELDON_PROTOCOL", protocol));

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of([0x0a, 1, (byte)'m'], 0, TestRecords.Header("proto-name", type))));

        Assert.Equal(RejectionReason.UnknownProtoName, outcome.Rejection?.Reason);
        Assert.Contains($"'{type}', is no inference request", outcome.Rejection!.Message, StringComparison.Ordinal);
        Assert.Empty(_model.Calls);
    }

    [Theory, InlineData("seldon", "v2"), InlineData("v2", "tensorflow"), InlineData("tensorflow", "seldon")]
    public async Task RequestOfAnotherProtocol_IsRejectedAndSaysWhichItIsOf(string protocol, string other)
    {
        var row = GrpcRow.All.Values.First(r => r.Settings[0].Value == other);
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc, null, ("SELDON_PROTOCOL", protocol));

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of(row.Request.ToByteArray(), 0, TestRecords.Header("proto-name", row.RequestType))));

        Assert.Equal(RejectionReason.UnknownProtoName, outcome.Rejection?.Reason);
        Assert.Contains($"is of the protocol {other}, but the route's is {protocol}", outcome.Rejection!.Message, StringComparison.Ordinal);
        Assert.Empty(_model.Calls);
    }

    /// <summary>A line end of a script, the quotes of older Spring Kafka, protobuf's own longer forms, another case.</summary>
    [Theory]
    [InlineData("inference.ModelInferRequest\n"), InlineData("\"inference.ModelInferRequest\""), InlineData(".inference.ModelInferRequest")]
    [InlineData("type.googleapis.com/inference.ModelInferRequest"), InlineData("inference.modelInferRequest")]
    public async Task NameIsNearlyThatOfARequest_IsRejectedAndSaysHowToWriteIt(string type)
    {
        await using var engine = EngineUnderTest.For(_model, Transport.Grpc, null, ("SELDON_PROTOCOL", "v2"));

        var outcome = await Until.Decided(engine.Infer(TestRecords.Of([0x0a, 1, (byte)'m'], 0, TestRecords.Header("proto-name", type))));

        Assert.Equal(RejectionReason.UnknownProtoName, outcome.Rejection?.Reason);
        Assert.Contains("protocol v2: write exactly inference.ModelInferRequest", outcome.Rejection!.Message, StringComparison.Ordinal);
    }

    // What the two clients call themselves, and what only one of them says, is not the record's business.
    private static List<string> HeadersOf(Call call) =>
        [.. call.Headers.Where(h => h.Key is not ("user-agent" or "grpc-timeout" or "host")).Select(h => $"{h.Key}: {h.Value}").Order(StringComparer.Ordinal)];
}
