using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Seldon.Functions.TriggerLoop.Rpc;

namespace Seldon.Functions.TriggerLoop;

/// <summary>One worker from its start to its end: its process, and its stream of messages, on which one function is loaded and invoked.</summary>
internal sealed class WorkerSession : IDisposable
{
    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResponse>> _invocations = new();
    private readonly TaskCompletionSource<RpcFunctionMetadata> _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILoggerFactory _loggers;
    private readonly Action<string> _line;

    /// <param name="line">Called with each line that the worker writes.</param>
    public WorkerSession(ProcessStartInfo start, ILoggerFactory loggers, Action<string> line)
    {
        (_loggers, _line) = (loggers, line);
        Process = new Process { StartInfo = start };
        Process.OutputDataReceived += OnLine;
        Process.ErrorDataReceived += OnLine;
        Process.Start();
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
        Ended = EndAsync();
    }

    public Process Process { get; }

    /// <summary>Ends when the function is loaded; fails if the worker ends before.</summary>
    public Task<RpcFunctionMetadata> Loaded => _loaded.Task;

    /// <summary>Ends with the process; all invocations fail with it.</summary>
    public Task Ended { get; }

    public void Dispose() => Process.Dispose();

    /// <summary>The host's part of the conversation, as long as the stream lasts.</summary>
    public async Task RunAsync(IAsyncStreamReader<StreamingMessage> incoming, IServerStreamWriter<StreamingMessage> outgoing, CancellationToken ended)
    {
        var directory = Path.GetDirectoryName(Process.StartInfo.ArgumentList[0]);
        var sending = SendAsync(outgoing, ended);
        Send(new StreamingMessage { WorkerInitRequest = new WorkerInitRequest { HostVersion = "4.1037.0", WorkerDirectory = directory, FunctionAppDirectory = directory, Capabilities = { ["MultiStream"] = "10" } } });
        while (await incoming.MoveNext(ended).ConfigureAwait(false)) Receive(incoming.Current, directory);
        _outgoing.Writer.TryComplete();
        await sending.ConfigureAwait(false);
    }

    /// <summary>Runs the function; on cancellation the worker is told so, and what it answers is awaited.</summary>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        request.FunctionId = (await Loaded.ConfigureAwait(false)).FunctionId;
        var answered = new TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        _invocations[request.InvocationId] = answered;
        Send(new StreamingMessage { InvocationRequest = request });
        using var cancelled = cancellationToken.Register(() => Send(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = request.InvocationId } }));
        // Its end may have come before the invocation was noted.
        if (Ended.IsCompleted) FailAll();
        return await answered.Task.ConfigureAwait(false);
    }

    /// <summary>Tells the worker to end, and grants it five seconds, as the host does; says whether they were enough.</summary>
    public async Task<bool> TerminateAsync()
    {
        var grace = TimeSpan.FromSeconds(5);
        Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(grace) } });
        if (await Task.WhenAny(Ended, Task.Delay(grace, TimeProvider.System)).ConfigureAwait(false) == Ended) return true;
        Process.Kill();
        await Ended.ConfigureAwait(false);
        return false;
    }

    private void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    private async Task SendAsync(IServerStreamWriter<StreamingMessage> outgoing, CancellationToken ended)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(ended).ConfigureAwait(false)) await outgoing.WriteAsync(message, ended).ConfigureAwait(false);
    }

    private void Receive(StreamingMessage message, string? directory)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.WorkerInitResponse:
                Send(new StreamingMessage { FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = directory } });
                break;
            case StreamingMessage.ContentOneofCase.FunctionMetadataResponse:
                var metadata = message.FunctionMetadataResponse.FunctionMetadataResults.Single();
                Metadata = metadata;
                Send(new StreamingMessage { FunctionLoadRequest = new FunctionLoadRequest { FunctionId = metadata.FunctionId, Metadata = metadata } });
                break;
            case StreamingMessage.ContentOneofCase.FunctionLoadResponse when message.FunctionLoadResponse.Result.Status == StatusResult.Types.Status.Success:
                _loaded.TrySetResult(Metadata!);
                break;
            case StreamingMessage.ContentOneofCase.FunctionLoadResponse:
                _loaded.TrySetException(new InvalidOperationException(message.FunctionLoadResponse.Result.Exception.Message));
                break;
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (_invocations.TryRemove(message.InvocationResponse.InvocationId, out var answered)) answered.TrySetResult(message.InvocationResponse);
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                _loggers.CreateLogger(message.RpcLog.Category).Log((LogLevel)message.RpcLog.Level, default, message.RpcLog.Message, null, (text, _) => text);
                break;
        }
    }

    private RpcFunctionMetadata? Metadata { get; set; }

    private void OnLine(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null) _line(line.Data);
    }

    private async Task EndAsync()
    {
        await Process.WaitForExitAsync().ConfigureAwait(false);
        _loaded.TrySetException(new WorkerEndedException());
        FailAll();
        _ = _loaded.Task.Exception;
    }

    private void FailAll()
    {
        foreach (var answered in _invocations.Values) answered.TrySetException(new WorkerEndedException());
    }
}
