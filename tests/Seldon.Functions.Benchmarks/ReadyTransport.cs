using System.Threading.Tasks.Sources;
using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Benchmarks;

/// <summary>A transport that sends nothing and has its answer ready: what is left is the engine's own work.</summary>
/// <param name="isAsynchronous">Whether the answer comes on another thread, as from a network, instead of at once.</param>
internal sealed class ReadyTransport(bool isAsynchronous) : IModelTransport, IValueTaskSource<Reply>
{
    private static readonly Reply Answer = Reply.Answer([1, 2, 3], []);

    // One call at a time: the source of its answer can be used again and again.
    private ManualResetValueTaskSourceCore<Reply> _source = new() { RunContinuationsAsynchronously = true };

    public string Name => "ready";

    public Transport Kind => Transport.Rest;

    public Uri Address { get; } = new("http://localhost");

    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection)
    {
        rejection = null;
        return new ModelRequest(record, record.Value!, null);
    }

    public ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken)
    {
        if (!isAsynchronous) return new ValueTask<Reply>(Answer);
        _source.Reset();
        return new ValueTask<Reply>(this, _source.Version);
    }

    public ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken) => new(Readiness.Ready);

    public Reply GetResult(short token) => _source.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _source.OnCompleted(continuation, state, token, flags);
        _source.SetResult(Answer);
    }

    public void Dispose()
    {
    }
}
