using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Seldon.Functions.App;
using Seldon.Functions.TriggerLoop.Rpc;

namespace Seldon.Functions.TriggerLoop;

/// <summary>
/// The Functions host, as far as its worker sees it: it starts the app's genuine process, loads the function, has it run, cancels it, and
/// starts another process when one has ended.
/// </summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>How many workers in a row may end before their function is loaded.</summary>
    private const int MostFailedStarts = 3;

    private readonly ConcurrentDictionary<string, WorkerSession> _sessions = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly ILoggerFactory _loggers;
    private readonly WebApplication _server;
    private readonly string _assembly;
    private WorkerSession? _session;
    private Task _running = Task.CompletedTask;

    private FunctionsHost(IReadOnlyDictionary<string, string?> settings, ILoggerFactory loggers, WebApplication server, string assembly) =>
        (_settings, _loggers, _server, _assembly) = (settings, loggers, server, assembly);

    /// <summary>The process of the worker that is there now.</summary>
    public Process Worker => _session!.Process;

    /// <summary>What workers have written to their output and error streams.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The bindings that the worker gives for its function.</summary>
    public async Task<IReadOnlyList<string>> BindingsAsync() => (await _session!.Loaded.ConfigureAwait(false)).RawBindings;

    /// <summary>Starts the server and the first worker; its function is awaited by the first invocation.</summary>
    /// <param name="settings">Of the app, by the names of configuration; those that stand there when a worker starts are its own.</param>
    /// <param name="assembly">The app, if it is not the one that is built with the tests.</param>
    public static async Task<FunctionsHost> StartAsync(IReadOnlyDictionary<string, string?> settings, ILoggerFactory loggers, string? assembly = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => (options.MaxReceiveMessageSize, options.MaxSendMessageSize) = (null, null));
        builder.Services.AddSingleton<Streams>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            (kestrel.Limits.MaxRequestBodySize, kestrel.Limits.MinRequestBodyDataRate) = (null, null);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var server = builder.Build();
        server.MapGrpcService<Streams>();
        await server.StartAsync().ConfigureAwait(false);
        var host = new FunctionsHost(settings, loggers, server, assembly ?? AppUnderTest.Assembly);
        server.Services.GetRequiredService<Streams>().Host = host;
        host._session = host.StartWorker();
        host._running = host.RunAsync();
        return host;
    }

    /// <summary>Runs the function with a batch, on the worker that is there or the next one.</summary>
    /// <exception cref="WorkerEndedException">The worker has ended before it answered.</exception>
    /// <exception cref="OperationCanceledException">The function was cancelled.</exception>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public Task<InferenceOutput> InvokeAsync(KafkaRecord[] records, CancellationToken cancellationToken) =>
        InvokeAsync(BatchMessages.ToInvocation(records), cancellationToken);

    internal async Task<InferenceOutput> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        var session = Volatile.Read(ref _session)!;
        while (session.Ended.IsCompleted && !_running.IsCompleted)
        {
            await Task.Yield();
            session = Volatile.Read(ref _session)!;
        }
        var response = await session.InvokeAsync(request, cancellationToken).ConfigureAwait(false);
        return response.Result.Status switch
        {
            StatusResult.Types.Status.Success => new InferenceOutput { Results = Output(response, nameof(InferenceOutput.Results)), DeadLetters = Output(response, nameof(InferenceOutput.DeadLetters)) },
            StatusResult.Types.Status.Cancelled => throw new OperationCanceledException(response.Result.Exception.Message, cancellationToken),
            _ when cancellationToken.IsCancellationRequested => throw new OperationCanceledException(response.Result.Exception.Message, cancellationToken),
            _ => throw new InvalidOperationException(response.Result.Exception.Message),
        };
    }

    /// <summary>Tells the worker to end; says whether it did within the five seconds that it has.</summary>
    public async Task<bool> TerminateAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        return await _session!.TerminateAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the worker's stream, and starts no other worker: what a worker sees of a host that is gone.</summary>
    public async Task VanishAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _gone.CancelAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_session!.Ended.IsCompleted) await TerminateAsync().ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        foreach (var session in _sessions.Values) session.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
        _gone.Dispose();
    }

    private async Task RunAsync()
    {
        for (var failures = 0; failures < MostFailedStarts;)
        {
            await _session!.Ended.ConfigureAwait(false);
            failures = _session.Loaded.IsCompletedSuccessfully ? 0 : failures + 1;
            if (_stop.IsCancellationRequested || failures == MostFailedStarts) return;
            Volatile.Write(ref _session, StartWorker());
        }
    }

    private WorkerSession StartWorker()
    {
        var (address, id) = (new Uri(_server.Urls.Single()), Guid.NewGuid().ToString());
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        [
            _assembly, "--host", address.Host, "--port", address.Port.ToString(CultureInfo.InvariantCulture), "--workerId", id, "--requestId", id, "--grpcMaxMessageLength", "2147483647",
            "--functions-uri", address.AbsoluteUri, "--functions-worker-id", id, "--functions-request-id", id, "--functions-grpc-max-message-length", "2147483647",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(_assembly),
        };
        foreach (var name in start.Environment.Keys.Where(AppUnderTest.IsSetting).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in _settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = start.WorkingDirectory;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = start.WorkingDirectory;
        return _sessions[id] = new WorkerSession(start, _loggers, _lines.Enqueue);
    }

    private static string[]? Output(InvocationResponse response, string name) =>
        response.OutputData.SingleOrDefault(o => o.Name == name)?.Data is { Json: { Length: > 0 } json } ? JsonSerializer.Deserialize<string[]>(json) : null;

    /// <summary>The server's side of each worker's stream.</summary>
    private sealed class Streams : FunctionRpc.FunctionRpcBase
    {
        public FunctionsHost? Host { get; set; }

        public override async Task EventStream(IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, Host!._gone.Token);
            try
            {
                if (!await requestStream.MoveNext(ended.Token).ConfigureAwait(false)) return;
                await Host._sessions[requestStream.Current.StartStream.WorkerId].RunAsync(requestStream, responseStream, ended.Token).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                // The worker has ended, or is left alone.
            }
        }
    }
}
