using System.Text;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Demo;

/// <summary>When the demo ends with success.</summary>
public class DemoReportTests
{
    private const string In = "flowers.seldon";

    private static readonly Record[] Inputs = [.. Enumerable.Range(0, 3).Select(offset => Of(In, 0, offset))];
    private static readonly Record[] Results = [.. Enumerable.Range(0, 3).Select(offset => Of("flowers.predictions", 0, offset, ("seldon-source", $"{In}/0/{offset}")))];

    [Fact]
    public void EveryRecordCameOutOnceAndInOrder_IsSound()
    {
        var report = Report(3, [.. Inputs, .. Results]);

        Assert.True(report.IsSound);
        Assert.Equal((3, 3, 0, 1.5), (report.Records, report.Results, report.DeadLetters, report.RecordsPerSecond));
    }

    [Fact]
    public void RecordIsLost_IsNotSound() => Assert.False(Report(3, [.. Inputs, .. Results[..2]]).IsSound);

    [Fact]
    public void ResultStandsThereTwice_IsNotSound() => Assert.False(Report(3, [.. Inputs, .. Results, Results[2]]).IsSound);

    [Fact]
    public void ResultsAreOutOfOrder_IsNotSound() => Assert.False(Report(3, [.. Inputs, Results[0], Results[2], Results[1]]).IsSound);

    [Fact]
    public void LessThanWasSentIsOnTheInputTopics_IsNotSound() => Assert.False(Report(4, [.. Inputs, .. Results]).IsSound);

    [Fact]
    public void ResultIsOfAnotherTransportThanItsRequest_IsNotSound()
    {
        var ofAMessage = Of("flowers.predictions", 0, 2, ("seldon-source", $"{In}/0/2"), ("proto-name", "seldon.protos.SeldonMessage"));

        Assert.False(Report(3, [.. Inputs, .. Results[..2], ofAMessage]).IsSound);
    }

    private static DemoReport Report(int expected, IEnumerable<Record> records)
    {
        var ledger = new DemoLedger();
        foreach (var record in records) ledger.Add(record);
        using var figures = new DemoFigures();
        return new DemoReport(DialectList.All, expected, ledger, new DemoProgress(DialectList.All, ledger, figures, new DemoTimeline(TimeProvider.System)), TimeSpan.FromSeconds(2));
    }

    private static Record Of(string topic, int partition, long offset, params (string Name, string Value)[] headers) =>
        new(topic, partition, offset, 0, null, "{}"u8.ToArray(), [.. headers.Select(h => new Header(h.Name, Encoding.UTF8.GetBytes(h.Value)))]);
}
