using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Models.Faults;

/// <summary>What becomes of a record after a failed attempt.</summary>
internal enum Verdict : byte
{
    /// <summary>Try again.</summary>
    Retry,

    /// <summary>Try again as the only call in flight.</summary>
    RetryAlone,

    /// <summary>Only proof that the endpoint works for others is missing.</summary>
    Prove,

    /// <summary>The record is at fault.</summary>
    Reject,
}

/// <summary>
/// The rule that decides whose fault a failure is. A status never decides alone; one question does: does this endpoint work for others now?
/// A record is rejected only by an endpoint that works, and only when its failures are beyond chance.
/// </summary>
internal static class WhoseFault
{
    /// <summary>The probability at which so many failures of a good record are no chance any more.</summary>
    private const double Chance = 1e-6;

    /// <summary>Up to this share of failed attempts among good records, a refusal is taken at its word.</summary>
    private const double NearZero = 0.01;

    /// <summary>So often at least the server must have gone down with the record for it to be the record that does it.</summary>
    private const int LeastCrashes = 6;

    /// <summary>For so long, proof is looked for where others are answered so seldom that they tell little.</summary>
    private static readonly TimeSpan ProvingTime = TimeSpan.FromSeconds(10);

    /// <summary>Whether the endpoint has been ready for so long, while the record waited, that no further proof is needed.</summary>
    public static bool IsTrusted(Patience patience, TimeSpan waited, TimeSpan readyFor) =>
        patience.TrustReadiness is { } trust && waited >= trust && readyFor >= trust;

    /// <param name="suspect">The record and its attempts, the last one included.</param>
    /// <param name="fault">How the last attempt failed.</param>
    /// <param name="readiness">What the endpoint said of itself after it.</param>
    /// <param name="evidence">What the endpoint has done for others.</param>
    /// <param name="patience">The route's settings.</param>
    /// <param name="waited">How long ago the record failed first.</param>
    /// <param name="readyFor">For how long the endpoint has said without a break that it is ready.</param>
    /// <param name="hasWitness">Whether somebody could show that the endpoint works: another record waits, or there is a control request.</param>
    public static Verdict Judge(
        Suspect suspect, Fault fault, in Readiness readiness, Evidence evidence, Patience patience, TimeSpan waited, TimeSpan readyFor, bool hasWitness)
    {
        // 1. An endpoint that is not ready rejects nobody, unless it goes down with this record each time.
        var lately = evidence.Lately();
        if (suspect.IsExplained)
            return suspect.Crashes >= LeastCrashes && lately.ProbabilityOfCrashes(suspect.Crashes) <= Chance ? Verdict.Reject : Verdict.Retry;

        // 2. Nothing was sent, or the set-up has never worked: neither says anything of the record.
        if (fault == Fault.NotSent || (fault == Fault.SetUp && !evidence.HasAnswered)) return Verdict.Retry;

        // 3. The word of a server that works is enough where it is never known to fail a good record.
        if (fault == Fault.Record && suspect.FoundItWorking && lately.Share <= NearZero) return Verdict.Reject;

        // 4. As often, and for as long, as the kind of failure asks. Push-back says little of the record, so it counts only where all does.
        var isSlow = fault is Fault.PushBack or Fault.SetUp;
        var least = isSlow ? 6 : 3;
        if ((isSlow ? suspect.WhileReady.All : suspect.WhileReady.Hard) < least || (isSlow && waited < patience.GiveUpAfter)) return Verdict.Retry;

        // 5. Nobody to compare with: the endpoint's own word must do.
        if (readiness.Kind == ReadinessKind.Ready)
        {
            if (!hasWitness) return Verdict.Reject;
            if (IsTrusted(patience, waited, readyFor)) return Verdict.Reject;
        }

        // 6. Compared with others, lately and since it failed first: how likely is it that a good record fails so often?
        var failures = isSlow ? suspect.Counted.All : suspect.Counted.Hard;
        var since = evidence.Since(suspect.Before);
        if (failures < least) return Verdict.Retry;
        if (!AreBeyondChance(lately) || !AreBeyondChance(since))
            return waited < ProvingTime && since.Share <= NearZero && lately.Share <= NearZero ? Verdict.Prove : Verdict.Retry;
        return isSlow && !suspect.WentAlone ? Verdict.RetryAlone : Verdict.Reject;

        bool AreBeyondChance(in Tally known) => (isSlow ? known.ProbabilityOfAny(failures) : known.ProbabilityOfFailures(failures)) <= Chance;
    }
}
