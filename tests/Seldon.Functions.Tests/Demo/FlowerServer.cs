using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's model server, asked by plain clients, and what its model must answer for two flowers.</summary>
public sealed class FlowerServer : IAsyncLifetime
{
    /// <summary>Two flowers, as the rows of a request.</summary>
    internal static readonly float[] Features = [5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3f, 5.2f, 2.3f];

    private EmbeddedModel? _model;

    /// <summary>The scores of the two, row by row.</summary>
    internal static float[] Scores { get; } = [.. new FlowerClassifier().Score(Features.AsSpan(0, 4)), .. new FlowerClassifier().Score(Features.AsSpan(4, 4))];

    internal HttpClient Rest { get; } = new();

    private GrpcChannel Grpc { get; set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken);
        Rest.BaseAddress = _model.RestUrl;
        Grpc = GrpcChannel.ForAddress(_model.GrpcUrl);
    }

    public async ValueTask DisposeAsync()
    {
        Rest.Dispose();
        Grpc.Dispose();
        if (_model is not null) await _model.DisposeAsync();
    }

    internal async Task<T> CallAsync<T>(string service, string method, IMessage request, MessageParser<T> answer) where T : IMessage<T> =>
        answer.ParseFrom(await CallAsync(service, method, request.ToByteArray()));

    internal async Task<byte[]> CallAsync(string service, string method, byte[] request)
    {
        var bytes = Marshallers.Create(b => b, b => b);
        var name = new Method<byte[], byte[]>(MethodType.Unary, service, method, bytes, bytes);
        var options = new CallOptions(cancellationToken: TestContext.Current.CancellationToken);
        return await Grpc.CreateCallInvoker().AsyncUnaryCall(name, null, options, request).ResponseAsync;
    }

    internal static async Task AssertRefused(StatusCode code, Task call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(() => call)).StatusCode);

    /// <summary>The scores, but for what is lost in writing them as text.</summary>
    internal static void AssertScores(IEnumerable<double> scores) =>
        Assert.Equal(Scores.Select(score => Math.Round((double)score, 6)), scores.Select(score => Math.Round(score, 6)));
}
