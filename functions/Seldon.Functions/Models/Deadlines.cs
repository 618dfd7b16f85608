using System.Collections.Concurrent;

namespace Seldon.Functions.Models;

/// <summary>
/// Deadlines for the calls of an endpoint. What a deadline is made of (a token source and its timer) serves the next call when
/// this one has ended before it: on the forwarding path they would be most of what is allocated.
/// </summary>
internal sealed class Deadlines(TimeSpan timeout, TimeProvider time) : IDisposable
{
    private readonly ConcurrentQueue<CancellationTokenSource> _unused = new();

    /// <summary>Starts the deadline of a call that <paramref name="caller"/> may end sooner; disposed when the call has ended.</summary>
    public Deadline Start(CancellationToken caller)
    {
        if (_unused.TryDequeue(out var source)) source.CancelAfter(timeout);
        else source = new CancellationTokenSource(timeout, time);
        return new Deadline(this, source, caller.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), source));
    }

    public void Dispose()
    {
        while (_unused.TryDequeue(out var source)) source.Dispose();
    }

    /// <summary>A deadline that has been started.</summary>
    internal readonly struct Deadline(Deadlines owner, CancellationTokenSource source, CancellationTokenRegistration caller) : IDisposable
    {
        /// <summary>Cancelled by the deadline or with the caller's token.</summary>
        public CancellationToken Token => source.Token;

        public void Dispose()
        {
            // First of all: it waits for a cancellation in flight, which would otherwise hit the next call.
            caller.Dispose();
            // Of a clock that is not the system's, none can be used again.
            if (source.TryReset()) owner._unused.Enqueue(source);
            else source.Dispose();
        }
    }
}
