using Seldon.Functions.KafkaTests.Campaign;

namespace Seldon.Functions.KafkaTests;

/// <summary>
/// Rows of the fault campaign with as much of their fault as a build can afford: those that others do not stand for. All rows, in full
/// measure and with their times judged, are the command <c>campaign</c>.
/// </summary>
public class CampaignTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    public static TheoryData<string, string, int> Rows { get; } = new()
    {
        { "kill-classic", "acknowledged", 1 }, { "scale-consumer", "acknowledged", 1 }, { "outage", "acknowledged", 1 }, { "poison", "acknowledged", 16 }, { "produce-errors", "acknowledged", 1 },
        { "clock-outage", "acknowledged", 1 },
        { "kill-consumer", "exactly-once", 16 }, { "scale-classic", "exactly-once", 1 }, { "outage", "exactly-once", 16 }, { "poison", "exactly-once", 1 },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task FaultUnderLoad_NothingIsLostOrOutOfOrder(string row, string delivery, int batchRows)
    {
        if (Fixture.Home.Missing is { } missing) Assert.Skip(missing);
        var output = TestContext.Current.TestOutputHelper!;
        var fault = FaultRow.All.Single(f => f.Name == row);
        if (fault.Missing is { } lacking) Assert.Skip(lacking);
        var report = await fault.RunAsync(new Scene(Fixture.Home, Kafka, Model, Scale.Bounded, output.WriteLine) { Delivery = delivery, BatchRows = batchRows });
        output.WriteLine($"{CampaignTable.Head}{Environment.NewLine}{CampaignTable.Line(report)}");
        Assert.Empty(report.Problems);
    }
}
