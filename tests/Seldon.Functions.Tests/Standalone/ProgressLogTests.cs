using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Standalone.Hosting;
using Seldon.Functions.Telemetry;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>What the log says of a host that works.</summary>
public sealed class ProgressLogTests
{
    [Fact]
    public async Task EveryMinute_IsSummedInOneLine()
    {
        await using var bed = await TestBed.CreateAsync();
        var (settings, time) = (bed.ReadSettings(), new FakeTimeProvider());
        using var logs = new CapturedLogs();
        await using var engine = InferenceEngine.Create(settings.Engine, logs, time);
        using var progress = new ProgressLog(settings, new StreamStatus(settings.Kafka, time), engine, logs, time);
        await progress.StartAsync(TestContext.Current.CancellationToken);
        await Until.True(() => Instruments.Records.Enabled && Said("Route default: tensorflow at ") == 1);

        // Other tests of this process may count records, too.
        for (var minute = 1; minute <= 3; minute++)
        {
            Instruments.Records.Add(20, new(AttributeNames.Route, "default"), new KeyValuePair<string, object?>(AttributeNames.Outcome, "answered"));
            Instruments.Records.Add(3, new(AttributeNames.Route, "default"), new KeyValuePair<string, object?>(AttributeNames.Outcome, "rejected"));
            time.Advance(TimeSpan.FromMinutes(1));
            await Until.True(() => Said("In the last minute: ") == minute);
        }
        Assert.All(logs.Lines.Where(l => l.Text.StartsWith("In the last minute: ", StringComparison.Ordinal)), l => Assert.Matches(@"(?:[2-9]\d|\d{3,}) results, (?:[3-9]|\d{2,}) dead letters\. Lag 0, 0 records in flight\. ?$", l.Text));
        await progress.StopAsync(TestContext.Current.CancellationToken);

        int Said(string text) => logs.Lines.Count(l => l.Text.StartsWith(text, StringComparison.Ordinal));
    }
}
