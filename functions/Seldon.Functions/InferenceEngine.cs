using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Graphs;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;

namespace Seldon.Functions;

/// <summary>
/// Turns a record into its outcome. It publishes nothing, commits nothing and knows no host.
/// </summary>
public sealed class InferenceEngine : IAsyncDisposable
{
    private const string NoValue = "The value is null or has no bytes.";

    /// <summary>How often a record for which there is no memory is tried again: for six seconds.</summary>
    private const int MostShortages = 6;

    private static readonly Backoff ShortageWaits = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3));
    private static readonly TimeSpan ShortageReminder = TimeSpan.FromSeconds(30);

    private readonly RouteTable _routes;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly RejectionLog _rejections;
    private long _shortageSaid;

    internal InferenceEngine(RouteTable routes, ILogger logger, TimeProvider time) => (_routes, _logger, _time, _rejections) = (routes, logger, time, new RejectionLog(logger, time));

    /// <summary>The engine for these options; it connects to nothing before the first record.</summary>
    public static InferenceEngine Create(EngineOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        var logger = loggers.CreateLogger("Seldon.Functions");
        return new InferenceEngine(Routes.Make(options, logger, time), logger, time);
    }

    /// <summary>
    /// What becomes of the record. Waits without limit while the model's endpoint is out, and throws nothing: when
    /// <paramref name="cancellationToken"/> ends the wait, the outcome is <see cref="OutcomeKind.Unprocessed"/>.
    /// </summary>
    /// <remarks>
    /// <code>
    /// record ─1─► route ─2─► value? ─3─► request ─4─► endpoint: gate · slot · deadline · retry ─► Outcome
    ///                │           │           │               │
    ///                └───────────┴───────────┴── Rejected ◄──┘
    /// </code>
    /// Where a graph answers, 3. and 4. come once for each call to one of its nodes.
    /// </remarks>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Outcome> InferAsync(Record record, CancellationToken cancellationToken)
    {
        for (var shortages = 0; ; shortages++)
        {
            try
            {
                if (shortages > 0) await Task.Delay(ShortageWaits.Delay(shortages - 1), _time, cancellationToken).ConfigureAwait(false);
                return await TryInferAsync(record, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                // Whatever the cancelled call met: what it used may be gone by now.
                return default;
            }
            catch (OutOfMemoryException) when (shortages < MostShortages)
            {
                // Others have the memory, and give it back; only who never gets any is at fault.
                SayThatMemoryIsShort();
            }
#pragma warning disable CA1031 // A defect that one record uncovers must not stop the others, nor come back with every restart.
            catch (Exception defect)
#pragma warning restore CA1031
            {
                Log.Defect(_logger, record.Topic, record.Partition, record.Offset, defect);
                return Reject(record, new Rejection(RejectionReason.InternalError, $"This program failed on the record ({defect.GetType().Name})."));
            }
        }
    }

    /// <summary>What is known of the record without asking a model: its route, if it has one, and why it is rejected, if it is. A graph looks at its records only when it answers.</summary>
    internal (string? Route, Rejection? Rejection) Examine(Record record)
    {
        if (_routes.Find(record, out var rejection) is not { } route) return (null, rejection);
        if (record.Value is not { Length: > 0 }) return (route.Name, new Rejection(RejectionReason.EmptyValue, NoValue, route.Name));
        if (route.Endpoints.For(record) is { } endpoint) endpoint.Prepare(record, default, out rejection);
        return (route.Name, rejection);
    }

    /// <summary>Waits until every model endpoint has answered its protocol's readiness call, saying what it waits for.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        foreach (var endpoint in _routes.Routes.SelectMany(r => r.AllEndpoints))
            await endpoint.WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The names of the routes.</summary>
    internal IEnumerable<string> RouteNames => _routes.Routes.Select(r => r.Name);

    /// <summary>Whether a model endpoint is out, so that the records for it wait.</summary>
    public bool IsHolding => _routes.Routes.Any(r => r.AllEndpoints.Any(e => e.IsHolding));

    /// <summary>Whether a record waits for more than an answer: for an endpoint that is out, or for its next attempt after a failure.</summary>
    internal bool IsWaiting => _routes.Routes.Any(r => r.AllEndpoints.Any(e => e.IsHolding || e.Unproven.Count > 0));

    /// <summary>Ends the probers and closes the connections. Calls in flight must have been cancelled or awaited before.</summary>
    public ValueTask DisposeAsync()
    {
        _rejections.Dispose();
        return _routes.DisposeAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome> TryInferAsync(Record record, CancellationToken cancellationToken)
    {
        // 1. Which model is it for?
        if (_routes.Find(record, out var rejection) is not { } route) return Reject(record, rejection!);

        // 2. Is there anything to send?
        if (record.Value is not { Length: > 0 })
            return Reject(record, new Rejection(RejectionReason.EmptyValue, NoValue, route.Name));

        if (route.Endpoints.For(record) is not { } endpoint) return await WalkAsync(route.Graph!, record, cancellationToken).ConfigureAwait(false);

        // 3. Is it a request of the route's protocol?
        if (endpoint.Prepare(record, default, out rejection) is not { } request) return Reject(record, rejection! with { Route = route.Name });

        // 4. Ask the model, for as long as it takes.
        var outcome = await endpoint.InferAsync(request, cancellationToken).ConfigureAwait(false);
        return outcome.Rejection is { } refused ? Reject(record, refused) : outcome;
    }

    private async ValueTask<Outcome> WalkAsync(InferenceGraph graph, Record record, CancellationToken cancellationToken)
    {
        var outcome = await graph.InferAsync(record, cancellationToken).ConfigureAwait(false);
        return outcome.Rejection is { } refused ? Reject(record, refused) : outcome;
    }

    private void SayThatMemoryIsShort()
    {
        var said = Interlocked.Read(ref _shortageSaid);
        if (said != 0 && _time.GetElapsedTime(said) < ShortageReminder) return;
        Interlocked.Exchange(ref _shortageSaid, _time.GetTimestamp());
        Log.MemoryIsShort(_logger);
    }

    private Outcome Reject(Record record, Rejection rejection)
    {
        _rejections.Add(record, rejection);
        return Outcome.Rejected(rejection);
    }
}
