using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>Makes and reads requests as the genuine transport does, and computes the answers in this process.</summary>
/// <param name="genuine">The transport.</param>
/// <param name="model">The model.</param>
internal sealed class ComputingTransport(IModelTransport genuine, Func<RowValue, RowValue?> model) : IModelTransport
{
    private int _calls;

    public int Calls => _calls;

    public string Name => genuine.Name;

    public Transport Kind => genuine.Kind;

    public Uri Address => genuine.Address;

    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection) => genuine.Prepare(record, call, out rejection);

    public RowBody? ReadRows(ModelRequest request) => genuine.ReadRows(request);

    public RowBody? ReadRows(ModelRequest request, in Reply answer) => genuine.ReadRows(request, answer);

    public async ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        await Task.Yield();
        return model(new RowValue([.. request.Content])) is { } answer ? Reply.Answer(answer.Body, []) : Reply.Of(Fault.Record, "400");
    }

    public ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken) => new(Readiness.Ready);

    public void Dispose() => genuine.Dispose();
}
