using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Demo.Messages;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>What would become of a record: its route, whether it is a request, and, if the model is asked, the answer.</summary>
internal sealed class RecordCheck : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InferenceEngine _engine;
    private readonly bool _infers;
    private readonly TimeProvider _time;

    /// <param name="infers">Whether the model is asked.</param>
    public RecordCheck(EngineOptions options, bool infers, TimeProvider time) =>
        (_engine, _infers, _time) = (InferenceEngine.Create(options, NullLoggerFactory.Instance, time), infers, time);

    /// <param name="subject">What the record is called.</param>
    public async Task<Finding> OfAsync(string subject, Record record, CancellationToken cancellationToken)
    {
        var (route, rejection) = _engine.Examine(record);
        if (rejection is not null) return Rejected(subject, rejection);
        if (!_infers) return Finding.Ok(subject, $"takes the route {route}, {record.Value!.Length} bytes");

        using var limit = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var outcome = await _engine.InferAsync(record, either.Token).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (outcome.Rejection is { } refused) return Rejected(subject, refused);
        if (outcome.Answer is not { } answer)
            return Finding.Failure(subject, $"takes the route {route}, and the model gives no answer within {Patience.TotalSeconds} s: the record would wait.", "see what is said of the model");
        return Finding.Ok(subject, $"takes the route {route}; the answer: {ReadableValue.Of(record with { Value = answer.Value, Headers = answer.EntityHeaders })}");
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private static Finding Rejected(string subject, Rejection rejection) => Finding.Failure(
        subject, $"would become a dead letter, {rejection.Reason.ToWire()}: {rejection.Message}{(rejection.ServerWords.Length > 0 ? $" The server says: {rejection.ServerWords}" : "")}",
        "correct the record, or the route's settings");
}
