using Seldon.Functions.Standalone.Bench;

namespace Seldon.Functions.Tests.Standalone.Bench;

/// <summary>What <c>bench</c> recommends, by what was measured.</summary>
public class RecommendationTests
{
    [Fact]
    public void ServerThatComputesOnOneCore_GetsLargeCallsAndFew()
    {
        var advice = Recommendation.Of(
            [Point(1, 1, 400), Point(1, 2, 490), Point(1, 4, 495), Point(16, 1, 6000), Point(16, 2, 6900), Point(32, 1, 10_000), Point(32, 2, 11_900, p50: 5), Point(32, 4, 12_100), Point(64, 2, 12_800)],
            rowsOfRecord: 1, rate: null)!;

        Assert.Equal((32, 2, 11_900, 495), (advice.Rows, advice.Workers, advice.RecordsPerSecond, advice.SinglePerSecond));
        // Four fifths of what is in flight: 5 ms in the call, and 170 ms until it is committed.
        Assert.Equal((int)(0.8 * 11_900 * 0.175), advice.LagThreshold);
        Assert.Null(advice.ForRate);
    }

    [Fact]
    public void LargerCallsAnswerNoMore_RecordsStaySingle() =>
        Assert.Equal((1, 32), Recommendation.Of([Point(1, 16, 1900), Point(1, 32, 3900), Point(1, 64, 4000), Point(8, 32, 4100)], 1, null) is { } a ? (a.Rows, a.Workers) : default);

    [Fact]
    public void ServerPushesBack_NumbersThatItRefusesAreNotRecommended() =>
        Assert.Equal(16, Recommendation.Of([Point(1, 8, 1000), Point(1, 16, 1900), Point(1, 32, 2500, failed: 0.4)], 1, null)!.Workers);

    [Fact]
    public void AllCallsFail_NothingIsRecommended() => Assert.Null(Recommendation.Of([Point(1, 1, 0, failed: 1), Point(1, 2, 10, failed: 0.5)], 1, 100));

    [Fact]
    public void RequestHasSeveralRows_RecordsAreCounted()
    {
        var advice = Recommendation.Of([Point(4, 1, 400), Point(8, 1, 1000)], 4, null)!;

        Assert.Equal((8, 250, 100), (advice.Rows, advice.RecordsPerSecond, advice.SinglePerSecond));
    }

    [Theory]
    // A server answers 1000: 800 of them, so that it has time for a peak.
    [InlineData(700, 1, 1), InlineData(800, 1, 1), InlineData(801, 2, 4), InlineData(8000, 10, 24), InlineData(1_000_000, 1250, 1875)]
    public void Rate_NeedsServersAndPartitions(double rate, int servers, int partitions)
    {
        var needs = Recommendation.Of([Point(1, 4, 1000, p50: 30)], 1, rate)!.ForRate!;

        Assert.Equal((rate, servers, partitions, (int)(0.8 * rate / servers * 0.2)), (needs.Rate, needs.Servers, needs.Partitions, needs.LagThreshold));
    }

    private static BenchPoint Point(int rows, int inFlight, double perSecond, double p50 = 2, double failed = 0) => new(rows, inFlight, rows, perSecond, p50, p50 * 2, failed);
}
