using System.Globalization;
using System.Text;
using Seldon.Functions.Graphs;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Graphs;

/// <summary>The choice of RANDOM_ABTEST: the same for the same record, and in the long run as its ratio says.</summary>
public class AbTestTests
{
    private const int Records = 100_000;

    [Theory, InlineData(0.0), InlineData(0.01), InlineData(0.3), InlineData(0.5), InlineData(0.999), InlineData(1.0)]
    public void ManyRecords_AreSplitByTheRatio(double ratio)
    {
        var first = Enumerable.Range(0, Records).Count(i => Choose($"requests-{i % 12}-{i / 12}", "ab", ratio) == 0);

        // Five standard deviations of a fair draw; the draw is the same in every run.
        Assert.InRange(first, (Records * ratio) - Deviation(ratio), (Records * ratio) + Deviation(ratio));
    }

    [Fact]
    public void SameRecord_TakesTheSameWay() =>
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(Choose($"in-0-{i}", "ab", 0.5), Choose($"in-0-{i}", "ab", 0.5)));

    [Fact]
    public void TwoNodes_ChooseIndependently()
    {
        var both = Enumerable.Range(0, Records).Count(i => Choose($"in-0-{i}", "outer", 0.5) == 0 && Choose($"in-0-{i}", "inner", 0.5) == 0);

        Assert.InRange(both, (Records * 0.25) - Deviation(0.25), (Records * 0.25) + Deviation(0.25));
    }

    private static int Choose(string id, string node, double ratio) => AbTest.Choose(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}")), node, ratio);

    private static double Deviation(double ratio) => 5 * Math.Sqrt(Records * ratio * (1 - ratio));
}
