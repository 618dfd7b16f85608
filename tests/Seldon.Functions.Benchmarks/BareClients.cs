using System.Buffers;
using Grpc.Core;
using Grpc.Net.Client;

namespace Seldon.Functions.Benchmarks;

/// <summary>What the processor is measured against: a loop around the plain client, with as many calls in flight.</summary>
internal static class BareClients
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(
        static (message, context) =>
        {
            context.SetPayloadLength(message.Length);
            context.GetBufferWriter().Write(message);
            context.Complete();
        },
        static context => context.PayloadAsNewBuffer());

    private static readonly Method<byte[], byte[]> Predict = new(MethodType.Unary, "tensorflow.serving.PredictionService", "Predict", Bytes, Bytes);

    public static async Task RestAsync(Uri server, IReadOnlyList<byte[]> requests, int concurrency)
    {
        using var client = new HttpClient();
        var uri = new Uri(server, "/v1/models/flowers:predict");
        await LoopAsync(requests, concurrency, async request =>
        {
            using var content = new ByteArrayContent(request) { Headers = { { "content-type", "application/json" } } };
            using var response = await client.PostAsync(uri, content).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    public static async Task GrpcAsync(Uri server, IReadOnlyList<byte[]> requests, int concurrency)
    {
        using var channel = GrpcChannel.ForAddress(server);
        var invoker = channel.CreateCallInvoker();
        await LoopAsync(requests, concurrency, async request =>
        {
            using var call = invoker.AsyncUnaryCall(Predict, null, new CallOptions(), request);
            await call.ResponseAsync.ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static async Task LoopAsync(IReadOnlyList<byte[]> requests, int concurrency, Func<byte[], Task> send)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests.Count;) await send(requests[i]).ConfigureAwait(false);
        })).ConfigureAwait(false);
    }
}
