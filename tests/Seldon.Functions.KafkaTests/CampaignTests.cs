using Seldon.Functions.KafkaTests.Campaign;

namespace Seldon.Functions.KafkaTests;

/// <summary>Every row of the fault campaign, with as much of its fault as a build can afford.</summary>
public class CampaignTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    public static TheoryData<string> Rows { get; } = [.. FaultRow.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task FaultUnderLoad_NothingIsLostOrOutOfOrder(string row)
    {
        if (Fixture.Home.Missing is { } missing) Assert.Skip(missing);
        var output = TestContext.Current.TestOutputHelper!;
        var fault = FaultRow.All.Single(f => f.Name == row);
        var report = await fault.RunAsync(new Scene(Fixture.Home, Kafka, Model, Scale.Bounded, output.WriteLine));
        output.WriteLine($"{CampaignTable.Head}{Environment.NewLine}{CampaignTable.Line(report)}");
        Assert.Empty(report.Problems);
    }
}
