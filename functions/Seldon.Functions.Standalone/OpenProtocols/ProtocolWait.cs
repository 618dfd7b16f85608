using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Standalone.OpenProtocols;

/// <summary>Asks until every protocol is known. A pod may start before its model, so nobody's answer is waited for, within bounds.</summary>
internal sealed class ProtocolWait(ProtocolFinder finder, ILogger logger, TimeProvider time)
{
    /// <summary>For how long servers that do not answer are waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Reminder = TimeSpan.FromMinutes(1);

    /// <summary>Why records cannot be processed yet, for health checks.</summary>
    public string Why => string.Join("; ", finder.Open.Select(o => $"{o.Setting} is not set, and {o.Why}"));

    /// <summary>Asks once, and says what was found.</summary>
    /// <returns>Whether it is of use to ask again.</returns>
    public async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        foreach (var (setting, protocol, server) in await finder.AskAsync(cancellationToken).ConfigureAwait(false)) Log.ProtocolFound(logger, setting, server, protocol);
        return finder.Open.Count > 0 && finder.Settings.Problems.Count == 0 && !finder.Open.Any(o => o.IsFinal);
    }

    /// <summary>Asks again and again. It ends when all is known, when something is wrong that no server will change, or after <see cref="Patience"/>: then routes are still open.</summary>
    public async Task UntilKnownAsync(CancellationToken cancellationToken)
    {
        var (start, said) = (time.GetTimestamp(), (TimeSpan?)null);
        for (var elapsed = TimeSpan.Zero; elapsed < Patience; elapsed = time.GetElapsedTime(start))
        {
            if (said is null || elapsed - said >= Reminder)
            {
                foreach (var open in finder.Open) Log.WaitingForProtocol(logger, open.Setting, open.Why, (Patience - elapsed).TotalMinutes);
                said = elapsed;
            }
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
            if (!await AskAsync(cancellationToken).ConfigureAwait(false)) return;
        }
    }
}
