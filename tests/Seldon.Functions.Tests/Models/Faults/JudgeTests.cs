using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Models;
using Seldon.Functions.Models.Faults;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>Each condition of the rule by itself: what becomes of a record, by its failures and by what the endpoint does for others.</summary>
public class JudgeTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongAgo = TimeSpan.FromMinutes(20);

    private readonly FakeTimeProvider _clock = new();
    private readonly Evidence _evidence;

    public JudgeTests() => _evidence = new Evidence(_clock);

    [Fact]
    public void Refused_ByAServerThatFailsNobody_IsRejected()
    {
        OthersAreAnswered(1);
        Assert.Equal(Verdict.Reject, Judge(Suspect(), Fault.Record));
    }

    [Fact]
    public void Refused_ByAServerThatFailsGoodRecordsToo_IsTriedAgain()
    {
        OthersAreAnswered(20, failures: 10);
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Record));
    }

    [Fact]
    public void Refused_AfterAQuietTime_IsTriedOnceMore()
    {
        OthersAreAnswered(1);
        var suspect = Suspect();
        suspect.Failed(Reply.Of(Fault.Record, "400"), isExplained: false, afterQuiet: true, _evidence, default);
        Assert.Equal(Verdict.Retry, VerdictOn(suspect, Fault.Record));

        suspect.Failed(Reply.Of(Fault.Record, "400"), isExplained: false, afterQuiet: true, _evidence, default);
        Assert.Equal(Verdict.Reject, VerdictOn(suspect, Fault.Record));
    }

    [Fact]
    public void Refused_WhileTheServerIsNotReady_IsTriedAgain()
    {
        OthersAreAnswered(1000);
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Record, times: 20, isExplained: true));
    }

    [Theory, InlineData(2, false), InlineData(3, true)]
    public void Failed_AmongManyThatAreAnswered_IsRejectedAtTheThirdTime(int times, bool isRejected)
    {
        var suspect = Suspect();
        Assert.Equal(isRejected ? Verdict.Reject : Verdict.Retry, Judge(suspect, Fault.Ambiguous, times, answeredBetween: 100));
    }

    [Fact]
    public void Failed_AndNobodyWasAnsweredInBetween_CountsAsOnce()
    {
        OthersAreAnswered(1000);
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Ambiguous, times: 20, waited: LongAgo));
    }

    [Fact]
    public void Failed_WhereEveryOtherAttemptFails_IsRejectedOnlyBeyondChance()
    {
        var suspect = Suspect();
        Assert.Equal(Verdict.Retry, Judge(suspect, Fault.Ambiguous, times: 10, answeredBetween: 20, failuresBetween: 10));
        Assert.Equal(Verdict.Reject, Judge(suspect, Fault.Ambiguous, times: 15, answeredBetween: 20, failuresBetween: 10));
    }

    [Fact]
    public void ServerFellSick_AfterALongHealthyTime_ThatTimeDoesNotCount()
    {
        OthersAreAnswered(100_000);
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Ambiguous, times: 10, answeredBetween: 20, failuresBetween: 10));
    }

    [Fact]
    public void ServerWasHealthyOnlySinceTheRecordFailed_TheMinutesBeforeCount()
    {
        OthersAreAnswered(1000, failures: 900);
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Ambiguous, times: 5, answeredBetween: 100));
    }

    [Theory, InlineData(ReadinessKind.Ready, Verdict.Reject), InlineData(ReadinessKind.Unknown, Verdict.Retry)]
    internal void Failed_AndNobodyElseWaits_ReadinessMustDo(ReadinessKind kind, Verdict verdict) =>
        Assert.Equal(verdict, Judge(Suspect(), Fault.Ambiguous, times: 3, readiness: new Readiness(kind, ""), hasWitness: false));

    [Theory, InlineData(20, 20, Verdict.Reject), InlineData(20, 5, Verdict.Retry), InlineData(5, 20, Verdict.Retry)]
    internal void NobodyIsAnswered_ReadinessIsTrustedAfterAWhile(int waitedMinutes, int readyMinutes, Verdict verdict) =>
        Assert.Equal(verdict, Judge(
            Suspect(), Fault.Ambiguous, times: 3, waited: TimeSpan.FromMinutes(waitedMinutes), readyFor: TimeSpan.FromMinutes(readyMinutes)));

    [Fact]
    public void ReadinessIsNeverTrusted_IsTriedAgain() =>
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Ambiguous, times: 30, waited: LongAgo, readyFor: LongAgo, patience: Patience.Default with { TrustReadiness = null }));

    [Fact]
    public void OnlyProofIsMissing_IsLookedFor()
    {
        OthersAreAnswered(1000);
        Assert.Equal(Verdict.Prove, Judge(Suspect(), Fault.Ambiguous, times: 3, answeredBetween: 1));
    }

    [Theory, InlineData(Fault.PushBack), InlineData(Fault.SetUp)]
    internal void PushedBack_IsRejectedAfterItsTime_WhenItWasAlone(Fault fault)
    {
        var suspect = Suspect();
        OthersAreAnswered(1);
        Assert.Equal(Verdict.Retry, Judge(suspect, fault, times: 5, answeredBetween: 100, waited: LongAgo));
        Assert.Equal(Verdict.Retry, Judge(suspect, fault, times: 1, answeredBetween: 100, waited: TimeSpan.FromSeconds(59)));
        Assert.Equal(Verdict.RetryAlone, VerdictOn(suspect, fault, waited: TimeSpan.FromSeconds(60)));

        suspect.GoesAlone = true;
        Assert.Equal(Verdict.Reject, Judge(suspect, fault, times: 1, answeredBetween: 100, waited: TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void PushedBack_AsOthersAre_IsTriedAgain() =>
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.PushBack, times: 10, answeredBetween: 20, pushBacksBetween: 10, waited: LongAgo));

    [Fact]
    public void SetUpHasNeverWorked_IsTriedForever() =>
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.SetUp, times: 100, waited: LongAgo, readyFor: LongAgo, hasWitness: false));

    [Fact]
    public void NothingWasSent_IsTriedForever()
    {
        var suspect = Suspect();
        Judge(suspect, Fault.Ambiguous, times: 3, answeredBetween: 100);
        Assert.Equal(Verdict.Retry, Judge(suspect, Fault.NotSent, times: 100, answeredBetween: 1));
    }

    [Theory, InlineData(5, Verdict.Retry), InlineData(6, Verdict.Reject)]
    internal void ServerGoesDownWithTheRecordEachTime_IsRejectedAtTheSixthTime(int times, Verdict verdict)
    {
        OthersAreAnswered(10_000);
        Assert.Equal(verdict, Judge(Suspect(), Fault.Ambiguous, times, answeredBetween: 1, isExplained: true));
    }

    [Fact]
    public void ServerGoesDownWithOthersToo_IsTriedAgain()
    {
        OthersAreAnswered(100, outages: 100);
        Assert.Equal(Verdict.Retry, Judge(Suspect(), Fault.Ambiguous, times: 10, answeredBetween: 1, isExplained: true));
    }

    private Verdict VerdictOn(
        Suspect suspect, Fault fault, TimeSpan? waited = null, TimeSpan? readyFor = null, bool hasWitness = true, Readiness? readiness = null, Patience? patience = null) =>
        WhoseFault.Judge(
            suspect, fault, readiness ?? Readiness.Ready, _evidence, patience ?? Patience.Default, waited ?? Moment, readyFor ?? Moment, hasWitness);

    private Suspect Suspect() => new(TestRecords.Good(Transport.Rest), _evidence.Begin(), _clock.GetTimestamp(), _evidence.All());

    private void OthersAreAnswered(int count, int failures = 0, int pushBacks = 0, int outages = 0)
    {
        if (count > 0) _evidence.Answered(_evidence.Begin(), new Tally(count, failures, pushBacks, outages));
    }

    /// <summary>The record fails so often; between two times others are answered.</summary>
    private Verdict Judge(
        Suspect suspect, Fault fault, int times = 1, int answeredBetween = 0, int failuresBetween = 0, int pushBacksBetween = 0, bool isExplained = false,
        TimeSpan? waited = null, TimeSpan? readyFor = null, bool hasWitness = true, Readiness? readiness = null, Patience? patience = null)
    {
        for (var i = 0; i < times; i++)
        {
            suspect.Failed(Reply.Of(fault, "500"), isExplained, afterQuiet: false, _evidence, default);
            OthersAreAnswered(answeredBetween, failuresBetween, pushBacksBetween);
        }
        return VerdictOn(suspect, fault, waited, readyFor, hasWitness, readiness, patience);
    }
}
