using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Models;
using Seldon.Functions.Models.Limits;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Merging;

/// <summary>
/// Lets records that wait for an endpoint share calls. A record that finds a free place calls at once, on its own. While all places are taken, records
/// wait; the one that gets the next place takes along as many behind it as fit. So nobody waits for a call to fill, and calls grow with the load.
/// </summary>
/// <remarks>
/// <code>
/// place taken? ─► wait ─► first in the queue: merge ─► call ─► split ─► answers
///                   │                                    └─ fails ─► halves … ─► each record on its own, as if it had never been with others
///                   └───► taken along by another ─► answer
/// </code>
/// A call that fails is nobody's attempt: whose fault it is shows where a record is on its own.
/// </remarks>
/// <param name="endpoint">The endpoint.</param>
/// <param name="transport">How it is called.</param>
/// <param name="limit">The places for calls to it.</param>
/// <param name="gate">Its readiness.</param>
/// <param name="limits">The most that a call takes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class Merger(ModelEndpoint endpoint, IModelTransport transport, CallLimit limit, Gate gate, BatchLimits limits, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    /// <summary>So often a call that says nothing of its records is sent again as it is.</summary>
    private const int MostRepeats = 5;

    private static readonly Backoff Waits = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1));

    private readonly MergeQueue _queue = new(limits, time);
    private readonly HashSet<Task> _running = [];

    /// <summary>For how many kinds of requests merging is off because the model refuses it.</summary>
    public int Off => _queue.Off;

    /// <summary>Waits for the record's turn.</summary>
    public ValueTask<Turn> WaitAsync(ModelRequest request, CancellationToken cancellationToken) =>
        !gate.IsClosed && limit.IsFree ? default : QueueAsync(request, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_running) running = [.. _running];
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Turn> QueueAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        // When an outage ends, all who waited come at once: the first find places, and the others share calls.
        await gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (limit.IsFree || ReadRows(request) is not { } rows) return default;
        var member = new Member(request, rows);
        if (!_queue.TryAdd(member)) return default;
        limit.Enqueue(member);
        try
        {
            var answer = await member.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!member.HasEntered) return new Turn(answer, HasPlace: false, member.Group);
        }
        catch (OperationCanceledException)
        {
            Leave(member);
            throw;
        }
        if (_queue.Take(member, Concluded) is not { } members) return new Turn(null, HasPlace: true, null);
        var own = members[0];
        Start(members);
        try
        {
            return new Turn(await own.WaitAsync(cancellationToken).ConfigureAwait(false), HasPlace: false, own.Group);
        }
        catch (OperationCanceledException)
        {
            Leave(own);
            throw;
        }
    }

    /// <summary>What a record's bytes can do to the reader must not harm the record: it can do without.</summary>
    private RowBody? ReadRows(ModelRequest request)
    {
        try
        {
            return transport.ReadRows(request);
        }
#pragma warning disable CA1031
        catch (Exception defect)
#pragma warning restore CA1031
        {
            Log.MergeDefect(logger, transport.Name, defect);
            return null;
        }
    }

    private void Leave(Member member)
    {
        _queue.Left(member);
        member.Group?.Left();
    }

    /// <summary>The call belongs to all of its records: it goes on when the first one is cancelled.</summary>
    private void Start(List<Member> members)
    {
        var run = RunAsync(members);
        if (run.IsCompleted) return;
        lock (_running) _running.Add(run);
        run.GetAwaiter().UnsafeOnCompleted(() =>
        {
            lock (_running) _running.Remove(run);
        });
    }

    private async Task RunAsync(List<Member> members)
    {
        var group = members[0].Group!;
        // The call is no part of its first record's span.
        Activity.Current = null;
        try
        {
            await ShareAsync(members, group, hasPlace: true).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (group.Abandoned.IsCancellationRequested)
        {
            // Nobody waits any more.
        }
#pragma warning disable CA1031 // A defect of merging must not stop records that can do without it.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            Log.MergeDefect(logger, transport.Name, defect);
        }
        finally
        {
            foreach (var member in members) member.GoAlone();
        }
    }

    /// <summary>One call for all of these records. If it fails, they are sent again in halves, or on their own.</summary>
    private async Task ShareAsync(List<Member> members, MergeGroup group, bool hasPlace)
    {
        // 1. One request.
        MergedRequest request;
        int rows;
        try
        {
            (request, rows) = Merge(members);
        }
        catch
        {
            if (hasPlace) limit.Exit(default);
            throw;
        }

        // 2. Call, and again as long as the reply says nothing of the records: while the endpoint is out, or pushes back.
        ModelEndpoint.Attempt attempt;
        var repeats = 0;
        LimitMark? limitThen = null;
        while (true)
        {
            attempt = await endpoint.CallAsync(request, null, again: repeats > 0 || !hasPlace, hasPlace, group.Abandoned).ConfigureAwait(false);
            hasPlace = false;
            if (attempt.Reply.Fault == Fault.None) break;
            Count(rows, isAnswered: false);
            if (attempt.Reply.Fault == Fault.PushBack) limitThen = limit.PushedBack();
            await gate.AskAsync(attempt.Reply.RetryAfter, group.Abandoned).ConfigureAwait(false);
            var isOut = !gate.WasOpenSince(attempt.Began);
            if (!isOut && attempt.Reply.Fault is not (Fault.PushBack or Fault.NotSent)) break;
            // It may be these records together that bring the server down.
            if (repeats++ >= (attempt.Reply.Fault == Fault.Ambiguous ? 1 : MostRepeats)) return;
            if (!gate.IsClosed) await PauseAsync(attempt.Reply, repeats, group.Abandoned).ConfigureAwait(false);
        }

        // 3. Divide the answer.
        var reply = attempt.Reply;
        if (reply.Fault == Fault.None && Split(members, request, rows, reply) is { } answers)
        {
            Count(rows, isAnswered: true);
            endpoint.AnsweredTogether(members[0].Request, attempt.Call, limitThen);
            endpoint.Flawed(_queue.Shared(group));
            group.Shared();
            for (var i = 0; i < members.Count; i++) members[i].Answer(answers[i]);
            // The server has read all of it: it has answered every row.
            ArrayPool<byte>.Shared.Return(request.Bytes.Array!);
            return;
        }

        // 4. Was it too much at once? Then less at once from now on.
        if (reply.Fault == Fault.None) Count(rows, isAnswered: false);
        var isTooLarge = reply.IsTooLarge;
        var isTooSlow = reply.Reason == RejectionReason.ModelTimeout;
        if (isTooLarge || isTooSlow) _queue.Cap(group.Kind, rows / 2, members.Sum(m => m.Rows.Body.Length) / 2);
        else group.Failed();

        // 5. Halves, until each bad record is on its own. Not where every further call would take as long, or break connections that others use.
        if (isTooSlow || reply.ConnectionLost) return;
        Instruments.Bisections.Add(1, endpoint.Calls.Attributes);
        var middle = members.Count / 2;
        await Task.WhenAll(HalfAsync(members[..middle], group), HalfAsync(members[middle..], group)).ConfigureAwait(false);
    }

    private async Task HalfAsync(List<Member> members, MergeGroup group)
    {
        if (members.Count > 1) await ShareAsync(members, group, hasPlace: false).ConfigureAwait(false);
        foreach (var member in members) member.GoAlone();
    }

    private static (MergedRequest Request, int Rows) Merge(List<Member> members)
    {
        var first = members[0];
        var all = new RowBody[members.Count];
        var rows = 0;
        List<ActivityLink>? links = null;
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = members[i].Rows;
            rows += all[i].Rows;
            if (!Instruments.Traces.HasListeners()) continue;
            if ((members[i].Span?.Context ?? TraceContext.Of(members[i].Request.Record).ToParent()) is { } context) (links ??= []).Add(new ActivityLink(context));
        }
        var body = first.Rows.Merge(all);
        var record = first.Request.Record;
        var shared = record with { Headers = MergeKey.HeadersOf(record.Headers, body.JsonLength) };
        return (new MergedRequest(first.Request, shared, body.Bytes, members.Count, links ?? []), rows);
    }

    /// <summary>The answer of each record; null if the answer has other rows than the request.</summary>
    private Answer[]? Split(List<Member> members, MergedRequest request, int rows, in Reply reply)
    {
        if (transport.ReadRows(request, reply) is not { } whole || whole.Rows != rows) return null;
        try
        {
            return Split(members, whole, reply.EntityHeaders);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private Answer[] Split(List<Member> members, RowBody whole, IReadOnlyList<Header> entityHeaders)
    {
        var answers = new Answer[members.Count];
        List<Header> headers = [.. entityHeaders, HeaderNames.Number(HeaderNames.Merged, members.Count)];
        var from = 0;
        for (var i = 0; i < answers.Length; i++)
        {
            var own = members[i].Rows;
            var slice = whole.Slice(from, own.Rows, !whole.HasId ? default : own.Id is { Length: > 0 } id ? id : whole.EncodeId(HeaderNames.PuidOf(members[i].Request.Record)));
            answers[i] = endpoint.ToAnswer(slice.Bytes, slice.JsonLength == 0 ? headers : WithLength(headers, slice.JsonLength));
            from += own.Rows;
        }
        return answers;
    }

    private static List<Header> WithLength(List<Header> headers, int length) =>
        [.. headers.Select(h => HeaderNames.Is(h.Name, HeaderNames.InferenceHeaderContentLength) ? HeaderNames.Number(h.Name, length) : h)];

    private async Task PauseAsync(Reply reply, int repeats, CancellationToken cancellationToken)
    {
        var wait = Waits.Delay(repeats);
        await Task.Delay(reply.RetryAfter is { } asked && asked > wait ? asked : wait, time, cancellationToken).ConfigureAwait(false);
    }

    private void Count(int rows, bool isAnswered)
    {
        if (isAnswered) Instruments.MergedRows.Record(rows, endpoint.Calls.Attributes);
        Instruments.MergedCalls.Add(1, [.. endpoint.Calls.Attributes, new(AttributeNames.Outcome, isAnswered ? "answered" : "failed")]);
    }

    private void Concluded(MergeGroup group)
    {
        if (_queue.Conclude(group)) Log.MergingOff(logger, transport.Name);
    }
}
