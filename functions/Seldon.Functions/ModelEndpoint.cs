using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Graph;

namespace Seldon.Functions;

/// <summary>Limits of the calls to an endpoint.</summary>
/// <param name="Timeout">Deadline of one call.</param>
/// <param name="MaxResponseBytes">The largest answer that is taken.</param>
public sealed record CallLimits(TimeSpan Timeout, int MaxResponseBytes);

/// <summary>
/// One model over one transport at one address: its gate, its deadline, and the only retries there are. It decides whose
/// fault a failure is, so that an outage never costs a record and a bad record never stops the others.
/// </summary>
internal sealed class ModelEndpoint : IAsyncDisposable
{
    /// <summary>How often a record is tried that fails without saying whose fault it is.</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));

    private readonly string _route;
    private readonly string _subject;
    private readonly IModelTransport _transport;
    private readonly ModelSelector _model;
    private readonly TimeSpan _timeout;
    private readonly Deadlines _deadlines;
    private readonly SemaphoreSlim _slots;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Gate _gate;

    // Records whose connection broke are tried again one at a time: the one that breaks it must not take the others along.
    private readonly SemaphoreSlim _suspects = new(1, 1);

    // Records that fail although the endpoint says that it is ready wait for proof in single file.
    private readonly SemaphoreSlim _unproven = new(1, 1);
    private volatile int _turnsWithoutProof;
    private int _waiting;
    private long _successes;
    private ModelRequest? _lastAnswered;
    private long _lastReminder;

    /// <param name="route">The name of the route that the endpoint belongs to.</param>
    /// <param name="transport">How bytes are sent; owned by the endpoint.</param>
    /// <param name="model">The model, for results and log lines.</param>
    /// <param name="timeout">Deadline of one call.</param>
    /// <param name="slots">The calls that the route may have under way; shared by its endpoints. Each node of a graph has its own.</param>
    /// <param name="node">The name of the node of a graph that the endpoint serves; null for a model that stands alone.</param>
    public ModelEndpoint(
        string route, IModelTransport transport, ModelSelector model, TimeSpan timeout, SemaphoreSlim slots, TimeProvider time, ILogger logger, string? node = null)
    {
        _subject = node is null ? "The model server" : $"The node '{node}'";
        (_route, _transport, _model, _timeout, _slots, _time, _logger) = (route, transport, model, timeout, slots, time, logger);
        _deadlines = new Deadlines(timeout, time);
        _gate = new Gate(transport.Name, ProbeAsync, time, logger);
        Calls = new CallMeter(route, node, transport);
        Telemetry.Endpoints.Add(this);
    }

    /// <summary>Whether records wait because the endpoint is out.</summary>
    public bool IsHolding => _gate.IsClosed;

    /// <summary>For how long, all in all, records have waited because the endpoint was out.</summary>
    public TimeSpan HoldingTime => _gate.ClosedTime;

    /// <summary>What is measured of its calls.</summary>
    public CallMeter Calls { get; }

    /// <summary>The request that carries this record, or the reason why the record is none.</summary>
    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection) => _transport.Prepare(record, call, out rejection);

    /// <summary>The model's answer to the request, or the rejection of its record; waits out every outage.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Outcome> InferAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            var (attempts, ambiguous, suspect) = (0, 0, false);
            long successesAtFirstFailure = 0;
            while (true)
            {
                // 1. Wait while the endpoint is out; take a slot; call.
                var (reply, pass, successesAtStart) = await CallAsync(request, suspect, cancellationToken).ConfigureAwait(false);
                switch (reply.Fault)
                {
                    // 2. An answer.
                    case Fault.None:
                        Succeeded(request);
                        return Outcome.Answered(new Answer(_route, _model.Name, reply.Body, reply.EntityHeaders));

                    // 3. The record is wrong, and the server says so.
                    case Fault.Record:
                        return Rejected(reply, ++attempts);

                    // 4. The server is out, or set up wrongly: the gate holds everyone, and the call does not count.
                    case Fault.Outage or Fault.Configuration:
                        _gate.Close(pass, reply.Fault, reply.What, reply.RetryAfter);
                        continue;
                }

                // 5. It could be either: try again, a little later.
                attempts++;
                suspect = reply.ConnectionLost;
                if (ambiguous++ == 0) successesAtFirstFailure = Interlocked.Read(ref _successes);
                if (ambiguous < Attempts)
                {
                    await Task.Delay(Waits.Delay(ambiguous - 1), _time, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                // 6. Three times now. The record is at fault only if there is proof that the endpoint is not: it is ready, and another
                //    record succeeded between this one's first failure and its last attempt, or no other waits for it.
                var notReady = await ProbeAsync(cancellationToken).ConfigureAwait(false);
                if (notReady is not null)
                {
                    _gate.Close(pass, Fault.Outage, notReady, null);
                    // An endpoint that is out speaks for the record, but not for ever: it may be this record that brings it down each time.
                    if (ambiguous < 2 * Attempts) continue;
                    await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
                }
                if (successesAtStart > successesAtFirstFailure || (notReady is null && Volatile.Read(ref _waiting) == 1))
                    return Rejected(reply, attempts);
                await HoldForProofAsync(reply, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Waits until the readiness call succeeds.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        if (await ProbeAsync(cancellationToken).ConfigureAwait(false) is { } notReady)
            _gate.Close(await _gate.EnterAsync(cancellationToken).ConfigureAwait(false), Fault.Outage, notReady, null);
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Telemetry.Endpoints.Remove(this);
        await _gate.DisposeAsync().ConfigureAwait(false);
        _transport.Dispose();
        _deadlines.Dispose();
        _suspects.Dispose();
        _unproven.Dispose();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(Reply Reply, int Pass, long SuccessesAtStart)> CallAsync(ModelRequest request, bool suspect, CancellationToken cancellationToken)
    {
        if (suspect) await _suspects.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
                await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    // The gate may have closed while the record waited for its slot.
                    if (_gate.IsClosed) continue;
                    var pass = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
                    var successes = Interlocked.Read(ref _successes);
                    return (await SendAsync(request, suspect, cancellationToken).ConfigureAwait(false), pass, successes);
                }
                finally
                {
                    _slots.Release();
                }
            }
        }
        finally
        {
            if (suspect) _suspects.Release();
        }
    }

    /// <summary>One call. Here, and nowhere else, it is decided whether the deadline ended it or the caller did.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> SendAsync(ModelRequest request, bool alone, CancellationToken cancellationToken)
    {
        using var deadline = _deadlines.Start(cancellationToken);
        var start = _time.GetTimestamp();
        Reply? reply = null;
        using var activity = Calls.Start(request);
        try
        {
            reply = await _transport.SendAsync(request, alone, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reply = Reply.TimedOut(_timeout);
        }
        finally
        {
            Calls.End(activity, request, _time.GetElapsedTime(start), reply);
        }
        return reply.Value;
    }

    /// <summary>
    /// The endpoint says that it is ready, but fails for this record and has answered no other since. Each that waits may be a bad
    /// one, so the last request that the endpoint did answer is sent once more as a control. One record at a time does this, ever
    /// more slowly; the others are let go as soon as anything succeeds.
    /// </summary>
    private async ValueTask HoldForProofAsync(Reply reply, CancellationToken cancellationToken)
    {
        var successes = Interlocked.Read(ref _successes);
        await _unproven.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Interlocked.Read(ref _successes) != successes) return;
            RemindThatItHolds(reply);
            await Task.Delay(Waits.Delay(_turnsWithoutProof++), _time, cancellationToken).ConfigureAwait(false);
            if (Volatile.Read(ref _lastAnswered) is not { } control) return;
            var (answer, _, _) = await CallAsync(control, suspect: false, cancellationToken).ConfigureAwait(false);
            if (answer.Fault == Fault.None) Succeeded(control);
        }
        finally
        {
            _unproven.Release();
        }
    }

    private void Succeeded(ModelRequest request)
    {
        Interlocked.Increment(ref _successes);
        Volatile.Write(ref _lastAnswered, request);
        _gate.Succeeded();
        if (_turnsWithoutProof != 0) _turnsWithoutProof = 0;
    }

    private Outcome Rejected(in Reply reply, int attempts) =>
        Outcome.Rejected(new Rejection(reply.Reason, $"{_subject} {reply.What}.", _route, Status: reply.Status, Attempts: attempts));

    private void RemindThatItHolds(in Reply reply)
    {
        var last = Interlocked.Read(ref _lastReminder);
        if (last != 0 && _time.GetElapsedTime(last) < Reminder) return;
        if (Interlocked.CompareExchange(ref _lastReminder, _time.GetTimestamp(), last) == last)
            Log.HoldingForProof(_logger, _transport.Name, reply.What, Volatile.Read(ref _waiting));
    }

    /// <summary>The protocol's readiness call: null if the model is ready, else why not.</summary>
    private async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        var timeout = _timeout < LongestProbe ? _timeout : LongestProbe;
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await _transport.ProbeAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"does not answer the readiness call within {timeout.TotalSeconds:0.###} s";
        }
    }
}
