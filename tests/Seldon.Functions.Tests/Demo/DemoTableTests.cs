using Seldon.Functions.Demo.Report;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's table fits where it is shown.</summary>
public class DemoTableTests
{
    private static readonly DemoRoute[] Routes =
        [new("tensorflow", "grpc", 33_334, 33_000, 330, 100, 123.4, 5678.9) { Gate = DemoGate.Held }, new("v2", "rest", 100, 98, 2, 10, 1.2, 3.4)];

    private static readonly DemoRoute Total = new("all", "", 99_999, 98_000, 1990, 300, 12.3, 45.6) { Gate = DemoGate.Resumed };

    [Theory]
    [InlineData(int.MaxValue, "requests            in  results  dead letters  waiting  p50 ms  p99 ms  model")]
    [InlineData(80, "requests            in  results  dead letters  waiting  p50 ms  p99 ms  model")]
    [InlineData(78, "requests            in  results  dead letters  waiting  p99 ms  model")]
    [InlineData(50, "requests            in  results  waiting  model")]
    [InlineData(40, "requests            in  results  model")]
    [InlineData(39, "requests            in  results")]
    [InlineData(20, "requests")]
    public void Width_DecidesWhichColumnsThereAre(int width, string titles) => Assert.Equal(titles, DemoTable.Lines(Routes, Total, width).First());

    [Fact]
    public void LargestFigures_FitIntoTheirColumns()
    {
        foreach (var width in (int[])[40, 50, 80])
            Assert.All(DemoTable.Lines(Routes, Total, width), line => Assert.InRange(line.Length, 1, width));
    }

    [Fact]
    public void Row_SaysWhatWaitsAndThatItIsHeld() =>
        Assert.Equal("tensorflow grpc  33334    33000           330        4   123.4  5678.9  held", DemoTable.Lines(Routes, Total, 80).ElementAt(1));
}
