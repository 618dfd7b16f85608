using System.Text.Json;

namespace Seldon.Functions.Tests.Hosts;

/// <summary>The command <c>demo</c>: one that everybody can run.</summary>
public class DemoTests
{
    [Fact]
    public async Task Json_IsOneObjectWithTheFiguresAndNothingElse()
    {
        using var demo = await HostProcess.RunAsync(new Dictionary<string, string?>(), "demo", "--json", "--records", "60");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        using var json = JsonDocument.Parse(demo.Output);
        Assert.Equal(
            ["deadLetters", "duplicated", "lost", "outOfOrder", "records", "recordsPerSecond", "rejected", "results", "routes", "seconds"],
            json.RootElement.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal((60, 54, 6, 0, 0, 0), (Number("records"), Number("results"), Number("deadLetters"), Number("lost"), Number("duplicated"), Number("outOfOrder")));
        Assert.Equal(6, json.RootElement.GetProperty("rejected").GetArrayLength());
        var routes = json.RootElement.GetProperty("routes").EnumerateArray().ToList();
        Assert.Equal(["rest", "grpc"], routes.Select(r => r.GetProperty("transport").GetString()));
        Assert.Equal(60, routes.Sum(r => r.GetProperty("records").GetInt32()));

        int Number(string name) => json.RootElement.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task ForAPerson_ShowsTheFiguresAndWhyRecordsWereRejected()
    {
        using var demo = await HostProcess.RunAsync(new Dictionary<string, string?>(), "demo", "--records", "120");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        Assert.Contains("120 records in, 114 results, 6 dead letters", demo.Output, StringComparison.Ordinal);
        Assert.Contains("lost 0, duplicated 0, out of order 0", demo.Output, StringComparison.Ordinal);
        foreach (var reason in (string[])["unknown-proto-name", "refused-by-model", "invalid-protobuf", "invalid-json", "unknown-model", "empty-value"])
            Assert.Contains($"  {reason}: ", demo.Output, StringComparison.Ordinal);
    }
}
