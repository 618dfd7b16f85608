using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>Checks records as the genuine transport does, and asks the model in this process instead of a server.</summary>
internal sealed class FuzzedTransport(IModelTransport genuine, FuzzedModel model) : IModelTransport
{
    public string Name => genuine.Name;

    public Transport Kind => genuine.Kind;

    public Uri Address => genuine.Address;

    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection) => genuine.Prepare(record, call, out rejection);

    public ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken) => model.SendAsync(request, cancellationToken);

    public ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken) => new(model.Probe());

    public void Dispose() => genuine.Dispose();
}
