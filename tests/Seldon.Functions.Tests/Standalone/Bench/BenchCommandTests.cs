using System.Text.Json;

namespace Seldon.Functions.Tests.Standalone.Bench;

/// <summary>The command <c>bench</c> as it is typed.</summary>
public class BenchCommandTests
{
    [Fact]
    public async Task Json_IsOneObjectAndNothingElse()
    {
        using var bench = HostProcess.Start(new Dictionary<string, string?>(), "bench", "--protocol", "tensorflow", "--seconds", "3", "--rate", "100", "--json");

        Assert.Equal(0, await bench.ExitCodeAsync());
        Assert.Equal("", bench.Errors);
        using var json = JsonDocument.Parse(bench.Output);
        Assert.Equal(["server", "batch", "points", "advice", "plots"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.True(json.RootElement.GetProperty("batch").GetProperty("mayMerge").GetBoolean());
        Assert.True(json.RootElement.GetProperty("advice").GetProperty("forRate").GetProperty("servers").GetInt32() >= 1);
    }

    [Theory]
    [InlineData("--request is not given: with --url", "--url", "http://localhost:1")]
    [InlineData("--url is not given: with --request", "--request", "x")]
    [InlineData("--model is given without --url", "--model", "x")]
    [InlineData("--seconds is '0'", "--seconds", "0")]
    public async Task WrongUsage_IsNamed(string error, params string[] arguments)
    {
        using var bench = HostProcess.Start(new Dictionary<string, string?>(), ["bench", .. arguments]);

        Assert.Equal(2, await bench.ExitCodeAsync());
        Assert.Contains(error, bench.Errors, StringComparison.Ordinal);
        Assert.Equal("", bench.Output);
    }
}
