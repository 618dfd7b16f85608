using System.Diagnostics;

namespace Seldon.Functions.App;

/// <summary>
/// Ends the process as soon as the host's stream of messages has ended, which is what a host that was killed leaves behind. The worker's SDK
/// goes on then: the batch would be processed and published beside the next host's, perhaps hours later, when its model is back.
/// </summary>
/// <remarks>What it hears is what the gRPC client tells diagnostics: https://learn.microsoft.com/aspnet/core/grpc/diagnostics.</remarks>
internal sealed class HostStream : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string Client = "Grpc.Net.Client";
    private const string Call = $"{Client}.GrpcOut";
    private const string Method = "/AzureFunctionsRpcMessages.FunctionRpc/EventStream";

    private HostStream()
    {
    }

    /// <summary>Watches from here on; the stream must not have begun.</summary>
    public static IDisposable EndProcessWithIt() => DiagnosticListener.AllListeners.Subscribe(new HostStream());

    public void OnNext(DiagnosticListener value)
    {
        // Of all calls, those to models included, only this one is to be told of.
        if (value.Name == Client) value.Subscribe(this, (name, request, _) => name == Call && (request is not HttpRequestMessage { RequestUri.AbsolutePath: var path } || path == Method));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key != $"{Call}.Stop" || Activity.Current?.GetTagItem("grpc.method") as string != Method) return;
        Console.Error.WriteLine("Error: the Functions host is gone. This worker ends now, within its batch, which the next one gets again.");
        // As if it had been killed with its host: after this line nothing is called and nothing is published.
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }
}
