using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Merging;
using Seldon.Functions.Models.Faults;
using Seldon.Functions.Models.Limits;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models;

/// <summary>
/// One model over one transport at one address: its gate, its limit, its deadline, and the only retries there are. It sends a record until
/// the model answers it or <see cref="WhoseFault"/> finds that the record is at fault.
/// </summary>
internal sealed class ModelEndpoint : IAsyncDisposable
{
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Reminder = TimeSpan.FromSeconds(30);
    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
    private static readonly TimeSpan ShortestWhenPushedBack = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestWhenPushedBack = TimeSpan.FromSeconds(10);

    // A server that pushes back is busy with others: only if that goes on for longer does somebody ask it for proof.
    private static readonly TimeSpan ProofWhenPushedBack = TimeSpan.FromSeconds(1);

    private readonly RouteOptions _route;
    private readonly string _subject;
    private readonly IModelTransport _transport;
    private readonly TimeSpan _timeout;
    private readonly Deadlines _deadlines;
    private readonly SemaphoreSlim _slots;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Gate _gate;
    private readonly CallLimit _limit;
    private readonly Evidence _evidence;
    private readonly Suspects _suspects;
    private readonly Merger? _merger;

    // Records that break connections or must be alone go in single file: the one that does harm must not take the others along.
    private readonly SemaphoreSlim _careful = new(1, 1);

    // Where all that wait are suspects, one of them at a time looks for proof that the endpoint works.
    private readonly SemaphoreSlim _proving = new(1, 1);
    private volatile int _turnsWithoutProof;
    private TaskCompletionSource? _proof;
    private ModelRequest? _control;
    private ModelRequest? _lastAnswered;
    private int _waiting;
    private long _lastReminder;

    /// <param name="route">The route that the endpoint belongs to; for a node of a graph, with the node's address and name.</param>
    /// <param name="transport">How bytes are sent; owned by the endpoint.</param>
    /// <param name="slots">The calls that the route may have in flight; shared by its endpoints. Each node of a graph has its own.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="timeout">Deadline of one call; null for the route's.</param>
    /// <param name="node">The name of the node of a graph that the endpoint serves; null for a model that stands alone.</param>
    /// <param name="control">A record that is known to be good; null if there is none for this transport.</param>
    public ModelEndpoint(
        RouteOptions route, IModelTransport transport, SemaphoreSlim slots, TimeProvider time, ILogger logger, TimeSpan? timeout = null, string? node = null, Record? control = null)
    {
        _subject = node is null ? "The model server" : $"The node '{node}'";
        (_route, _transport, _timeout, _slots, _time, _logger) = (route, transport, timeout ?? route.Limits.Timeout, slots, time, logger);
        _deadlines = new Deadlines(_timeout, time);
        _gate = new Gate(transport.Name, ProbeAsync, time, logger);
        _limit = new CallLimit(route.Workers is { } workers ? new FixedLimit(workers) : new AdaptiveLimit(), time);
        _evidence = new Evidence(time);
        _suspects = new Suspects(transport.Name, time, logger);
        _control = control is null ? null : transport.Prepare(control, default, out _);
        Calls = new CallMeter(route.Name, node, transport);
        _merger = route.Batch.MaxRows > 1 ? new Merger(this, transport, _limit, _gate, route.Batch, time, logger) : null;
        EndpointGauges.All.Add(this);
    }

    /// <summary>Whether records wait because the endpoint is not ready.</summary>
    public bool IsHolding => _gate.IsClosed;

    /// <summary>For how long, all in all, records have waited because the endpoint was not ready.</summary>
    public TimeSpan HoldingTime => _gate.ClosedTime;

    /// <summary>The records that have failed here and are not decided yet.</summary>
    public Suspects Unproven => _suspects;

    /// <summary>For how many kinds of requests merging is off because the model refuses it.</summary>
    public int MergingOff => _merger?.Off ?? 0;

    /// <summary>How many calls it may have in flight.</summary>
    public int Limit => _limit.Kept;

    /// <summary>What is measured of its calls.</summary>
    public CallMeter Calls { get; }

    /// <summary>The request that carries this record, or the reason why the record is none.</summary>
    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection) => _transport.Prepare(record, call, out rejection);

    /// <summary>The model's answer to the request, or the rejection of its record; waits out every outage.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Outcome> InferAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        Suspect? suspect = null;
        Turn turn = default;
        var isAnswered = false;
        try
        {
            // 0. While all places are taken: in one call with others that wait.
            if (_merger is not null) turn = await _merger.WaitAsync(request, cancellationToken).ConfigureAwait(false);
            if (turn.Answer is { } shared) return Outcome.Answered(shared);

            while (true)
            {
                // 1. Wait while the endpoint is not ready; take a place; call.
                var attempt = await CallAsync(request, suspect, again: suspect is not null, turn.HasPlace && suspect is null, cancellationToken).ConfigureAwait(false);
                var reply = attempt.Reply;

                // 2. An answer.
                if (reply.Fault == Fault.None)
                {
                    Answered(request, attempt.Call, suspect);
                    isAnswered = true;
                    return Outcome.Answered(ToAnswer(reply.Body, reply.EntityHeaders));
                }

                // 3. A failure. Is the endpoint ready? If it says no, the gate closes.
                suspect ??= Suspect(request, attempt.Call);
                var limitThen = reply.Fault == Fault.PushBack ? _limit.PushedBack() : default;
                var readiness = await _gate.AskAsync(reply.RetryAfter, cancellationToken).ConfigureAwait(false);
                suspect.Failed(reply, isExplained: !_gate.WasOpenSince(attempt.Began), attempt.AfterQuiet, _evidence, limitThen);

                // 4. Whose fault is it? Where only proof is missing that the endpoint works for others, look for it.
                var verdict = Judge(suspect, reply.Fault, readiness);
                while (verdict == Verdict.Prove && await FindProofAsync(suspect, reply, cancellationToken).ConfigureAwait(false))
                    verdict = Judge(suspect, reply.Fault, readiness);
                if (verdict == Verdict.Reject) return Rejected(reply, suspect);

                // 5. Try again a little later.
                suspect.GoesAlone = verdict == Verdict.RetryAlone;
                await PauseAsync(suspect, reply, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
            if (suspect is not null) _suspects.Remove(suspect);
            if (turn is { Group: { } group, Answer: null }) group.End(isAnswered);
        }
    }

    /// <summary>Waits until the readiness call succeeds.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await _gate.AskAsync(null, cancellationToken).ConfigureAwait(false);
        await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        EndpointGauges.All.Remove(this);
        if (_merger is not null) await _merger.DisposeAsync().ConfigureAwait(false);
        await _gate.DisposeAsync().ConfigureAwait(false);
        _transport.Dispose();
        _limit.Dispose();
        _deadlines.Dispose();
        _careful.Dispose();
        _proving.Dispose();
    }

    /// <summary>What a record is answered.</summary>
    public Answer ToAnswer(byte[] body, IReadOnlyList<Header> entityHeaders) => new(_route.Name, _route.Model.Name, body, entityHeaders);

    /// <summary>A call that several records shared was answered.</summary>
    /// <param name="request">The request of one of them.</param>
    /// <param name="call">The call's number.</param>
    /// <param name="limitThen">What the limit said when it was pushed back; null if it was not.</param>
    public void AnsweredTogether(ModelRequest request, long call, LimitMark? limitThen)
    {
        if (limitThen is { } then) _limit.Lower(then);
        Answered(request, call, null);
    }

    /// <summary>So many calls failed although none of their records was at fault.</summary>
    public void Flawed(int calls)
    {
        if (calls > 0) _evidence.Add(new Tally(calls, Failures: calls));
    }

    /// <summary>Waits while the endpoint is not ready, takes a place, and calls.</summary>
    /// <param name="request">What is sent.</param>
    /// <param name="suspect">What is known of its record, if it has failed before.</param>
    /// <param name="again">Whether it was called for before, and goes before those that were not.</param>
    /// <param name="hasPlace">Whether it has a place already.</param>
    /// <param name="cancellationToken">Ends the wait and the call.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Attempt> CallAsync(ModelRequest request, Suspect? suspect, bool again, bool hasPlace, CancellationToken cancellationToken)
    {
        // Over HTTP/1.1 nobody shares a connection: only a record that may have brought the server down does others harm.
        var breaks = suspect is { BreaksConnections: true } && (_transport.Kind == Transport.Grpc || suspect.IsExplained);
        var alone = suspect?.GoesAlone ?? false;
        if (breaks || alone) await _careful.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                if (!hasPlace) await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
                if (hasPlace) hasPlace = false;
                else if (alone) await _limit.EnterAloneAsync(cancellationToken).ConfigureAwait(false);
                else await _limit.EnterAsync(again, cancellationToken).ConfigureAwait(false);
                CallEnd end = default;
                try
                {
                    await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
                    try
                    {
                        // The gate may have closed while the record waited for its place.
                        if (_gate.IsClosed) continue;
                        cancellationToken.ThrowIfCancellationRequested();
                        var (call, began) = (_evidence.Begin(), _time.GetTimestamp());
                        var afterQuiet = _evidence.MayHaveRestarted(began);
                        var path = new CallPath(suspect?.NextConnection ?? call, IsRetry: suspect is not null, IsAlone: breaks);
                        var reply = await SendAsync(request, path, began, cancellationToken).ConfigureAwait(false);
                        end = CallEnd.Of(reply, request.Records, _time.GetElapsedTime(began));
                        return new Attempt(reply, call, began, afterQuiet);
                    }
                    finally
                    {
                        _slots.Release();
                    }
                }
                finally
                {
                    if (alone) _limit.ExitAlone();
                    else _limit.Exit(end);
                }
            }
        }
        finally
        {
            if (breaks || alone) _careful.Release();
        }
    }

    /// <summary>One call. Here, and nowhere else, it is decided whether the deadline ended it or the caller did.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, long began, CancellationToken cancellationToken)
    {
        using var deadline = _deadlines.Start(cancellationToken);
        Reply? reply = null;
        using var activity = Calls.Start(request);
        try
        {
            reply = await _transport.SendAsync(request, path, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reply = Reply.TimedOut(_timeout);
        }
        finally
        {
            Calls.End(activity, request, _time.GetElapsedTime(began), reply);
        }
        return reply.Value;
    }

    private Suspect Suspect(ModelRequest request, long call)
    {
        var suspect = new Suspect(request.Record, call, _time.GetTimestamp(), _evidence.All());
        _suspects.Add(suspect);
        return suspect;
    }

    private Verdict Judge(Suspect suspect, Fault fault, in Readiness readiness) => WhoseFault.Judge(
        suspect, fault, readiness, _evidence, _route.Patience, _time.GetElapsedTime(suspect.FirstFailedAt), _gate.ReadyFor,
        hasWitness: Volatile.Read(ref _waiting) > 1 || Control is not null);

    private ModelRequest? Control => Volatile.Read(ref _control) ?? Volatile.Read(ref _lastAnswered);

    /// <summary>Until the next attempt: as long as the kind of failure asks, and then until the endpoint has been seen to work for others.</summary>
    private async ValueTask PauseAsync(Suspect suspect, Reply reply, CancellationToken cancellationToken)
    {
        var waited = _time.GetElapsedTime(suspect.FirstFailedAt);
        if (_gate.IsClosed)
        {
            await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            if (reply.Fault == Fault.SetUp && !_evidence.HasAnswered) RemindOfSettings(reply);
            else _suspects.Name(suspect, reply.What);

            var wait = reply.Fault == Fault.PushBack ? WaitWhenPushedBack(waited) : Waits.Delay(Math.Max(0, suspect.Attempts - 1));
            if (reply.RetryAfter is { } asked && asked > wait) wait = asked;
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }
        var asksForProof = reply.Fault == Fault.PushBack ? waited >= ProofWhenPushedBack : reply.Fault != Fault.NotSent;
        if (asksForProof && !suspect.HasWitness(_evidence)) await FindProofAsync(suspect, reply, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A quarter of what the record has waited already: nobody waits much longer than the server takes to have time again.</summary>
    private static TimeSpan WaitWhenPushedBack(TimeSpan waited)
    {
        var wait = new Backoff(waited / 4 > ShortestWhenPushedBack ? waited / 4 : ShortestWhenPushedBack, LongestWhenPushedBack);
        return wait.Delay(0);
    }

    /// <summary>
    /// The endpoint has answered nobody since the record failed: each that waits may be a bad one, so a request that is known to be good is
    /// sent as a control. One record at a time does this, ever more slowly while there is no proof; the others go on as soon as anything is
    /// answered. Without a control, the record itself is tried again.
    /// </summary>
    /// <returns>Whether there is new proof.</returns>
    private async ValueTask<bool> FindProofAsync(Suspect suspect, Reply reply, CancellationToken cancellationToken)
    {
        var before = _evidence.All();
        await _proving.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_evidence.All() != before) return true;
            if (WhoseFault.IsTrusted(_route.Patience, _time.GetElapsedTime(suspect.FirstFailedAt), _gate.ReadyFor)) return false;
            if (_turnsWithoutProof > 0 || Control is null)
            {
                if (reply.Fault != Fault.SetUp || _evidence.HasAnswered) RemindThatItHolds(suspect, reply);
                await WaitForProofAsync(Waits.Delay(_turnsWithoutProof++), cancellationToken).ConfigureAwait(false);
                if (_evidence.All() != before) return true;
            }
            // One call or two: a server that fails every other call would else answer every control and fail the record each time.
#pragma warning disable CA5394 // A coin is enough.
            for (var more = Random.Shared.Next(2); more > 0 && Control is { } first; more--) await SendControlAsync(first, cancellationToken).ConfigureAwait(false);
#pragma warning restore CA5394
            return Control is { } control && await SendControlAsync(control, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _proving.Release();
        }
    }

    /// <summary>Whether the endpoint answers a request that is known to be good.</summary>
    private async ValueTask<bool> SendControlAsync(ModelRequest control, CancellationToken cancellationToken)
    {
        var attempt = await CallAsync(control, null, again: false, hasPlace: false, cancellationToken).ConfigureAwait(false);
        var reply = attempt.Reply;
        if (reply.Fault == Fault.None)
        {
            Answered(control, attempt.Call, null);
            return true;
        }
        _turnsWithoutProof++;
        var readiness = await _gate.AskAsync(reply.RetryAfter, cancellationToken).ConfigureAwait(false);
        // The file's request is none that this model takes: better the last one that it did take.
        if (readiness.IsOpen && reply.Fault == Fault.Record && Interlocked.CompareExchange(ref _control, null, control) == control)
            Log.ControlRefused(_logger, _transport.Name, reply.What);
        else if (reply.Fault != Fault.NotSent)
            _evidence.Add(reply.Fault == Fault.PushBack ? new Tally(1, PushBacks: 1) : new Tally(1, Failures: 1));
        return false;
    }

    /// <summary>Waits for so long, or until a call is answered.</summary>
    private async ValueTask WaitForProofAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        var proof = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _proof, proof);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(proof.Task, Task.Delay(longest, _time, end.Token)).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Answered(ModelRequest request, long call, Suspect? suspect)
    {
        _evidence.Answered(call, suspect?.Answered ?? new Tally(1));
        if (suspect is { WasPushedBack: true }) _limit.Lower(suspect.LimitThen);
        Volatile.Write(ref _lastAnswered, request);
        _gate.Succeeded();
        if (_turnsWithoutProof != 0) _turnsWithoutProof = 0;
        if (Volatile.Read(ref _proof) is not null) Interlocked.Exchange(ref _proof, null)?.TrySetResult();
    }

    private Outcome Rejected(in Reply reply, Suspect suspect) => Outcome.Rejected(
        new Rejection(reply.Reason, $"{_subject} {reply.What}.", _route.Name, Status: reply.Status, Attempts: suspect.Attempts) { ServerWords = reply.Words });

    private bool IsTimeToRemind()
    {
        var last = Interlocked.Read(ref _lastReminder);
        if (last != 0 && _time.GetElapsedTime(last) < Reminder) return false;
        return Interlocked.CompareExchange(ref _lastReminder, _time.GetTimestamp(), last) == last;
    }

    private void RemindOfSettings(in Reply reply)
    {
        if (IsTimeToRemind()) Log.HoldingForSettings(_logger, _transport.Name, reply.What, Volatile.Read(ref _waiting));
    }

    private void RemindThatItHolds(Suspect suspect, in Reply reply)
    {
        if (_time.GetElapsedTime(suspect.FirstFailedAt) < Suspects.Long || !IsTimeToRemind()) return;
        var end = _route.Patience.TrustReadiness is { } trust ? $"until it answers, or has been ready for {trust.TotalMinutes:0.#} min (MODEL_TRUST_READINESS)" : "until it answers";
        var help = Control is null ? "; a known good request (MODEL_CONTROL_FILE) would show which of them are bad" : "";
        Log.HoldingForProof(_logger, _transport.Name, reply.What, Volatile.Read(ref _waiting), end + help);
    }

    /// <summary>The protocol's readiness call.</summary>
    private async Task<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken)
    {
        var timeout = _timeout < LongestProbe ? _timeout : LongestProbe;
        using var deadline = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var readiness = await _transport.ProbeAsync(fresh, either.Token).ConfigureAwait(false);
            if (readiness.Kind == ReadinessKind.Ready) _evidence.Works();
            return readiness;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Readiness.Unanswered($"does not answer the readiness call within {timeout.TotalSeconds:0.###} s");
        }
    }

    /// <summary>A call that has ended.</summary>
    /// <param name="Reply">What it came to.</param>
    /// <param name="Call">Its number.</param>
    /// <param name="Began">When it began.</param>
    /// <param name="AfterQuiet">The endpoint had not been seen to work for a while when it began.</param>
    public readonly record struct Attempt(Reply Reply, long Call, long Began, bool AfterQuiet);
}
