using System.Text.Json;
using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The command <c>demo</c>: one that everybody can run.</summary>
public class DemoTests
{
    [Fact]
    public async Task Json_IsOneObjectWithTheFiguresAndNothingElse()
    {
        using var demo = await RunAsync("--json", "--records", "120");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        using var json = JsonDocument.Parse(demo.Output);
        Assert.Equal(
            ["deadLetters", "duplicated", "lost", "outOfOrder", "records", "recordsPerSecond", "rejected", "results", "routes", "seconds"],
            NamesOf(json.RootElement));
        Assert.Equal((120, 114, 6), (Number(json.RootElement, "records"), Number(json.RootElement, "results"), Number(json.RootElement, "deadLetters")));
        Assert.Equal(6, json.RootElement.GetProperty("rejected").GetArrayLength());
        var routes = RoutesOf(json);
        Assert.Equal(["seldon rest", "seldon grpc", "tensorflow rest", "tensorflow grpc", "v2 rest", "v2 grpc"], routes.Select(NameOf));
        Assert.All(routes, route => Assert.Equal(
            ["deadLetters", "p50Ms", "p99Ms", "protocol", "records", "recordsPerSecond", "results", "transport"], NamesOf(route)));
        Assert.All(routes, route => Assert.Equal((20, 19, 1), (Number(route, "records"), Number(route, "results"), Number(route, "deadLetters"))));
    }

    [Theory]
    [InlineData("seldon", "rest"), InlineData("seldon", "grpc"), InlineData("tensorflow", "rest")]
    [InlineData("tensorflow", "grpc"), InlineData("v2", "rest"), InlineData("v2", "grpc")]
    public async Task OneProtocolOverOneTransport_EveryRecordComesOutOnceAndInOrder(string protocol, string transport)
    {
        using var demo = await RunAsync("--json", "--records", "300", "--protocol", protocol, "--transport", transport);

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        using var json = JsonDocument.Parse(demo.Output);
        var all = json.RootElement;
        Assert.Equal((0, 0, 0), (Number(all, "lost"), Number(all, "duplicated"), Number(all, "outOfOrder")));
        var route = Assert.Single(RoutesOf(json));
        Assert.Equal($"{protocol} {transport}", NameOf(route));
        foreach (var figures in new[] { all, route })
            Assert.Equal((300, 294, 6), (Number(figures, "records"), Number(figures, "results"), Number(figures, "deadLetters")));
        Assert.All(all.GetProperty("rejected").EnumerateArray(), r => Assert.Equal($"flowers.{protocol}", r.GetProperty("topic").GetString()));
        Assert.InRange(route.GetProperty("p50Ms").GetDouble(), 1, route.GetProperty("p99Ms").GetDouble());
        Assert.True(route.GetProperty("recordsPerSecond").GetDouble() > 0);
    }

    [Fact]
    public async Task EveryKindOfBadRecordOfEveryProtocol_IsRejectedForItsReason()
    {
        const int count = 2000;
        var sent = new DemoRecords(DialectList.All, count, d => $"flowers.{d.Protocol}");
        var expected = Enumerable.Range(0, count).Where(i => sent.ExpectedReason(i) is not null)
            .Select(i => $"{sent[i].Topic} {sent.ExpectedReason(i)!.Value.ToWire()}");

        using var demo = await RunAsync("--json", "--records", $"{count}");

        using var json = JsonDocument.Parse(demo.Output);
        var rejected = json.RootElement.GetProperty("rejected").EnumerateArray()
            .Select(r => $"{r.GetProperty("topic").GetString()} {r.GetProperty("reason").GetString()}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), rejected.Order(StringComparer.Ordinal));
        Assert.True(sent.BadCount >= DialectList.All.Max(d => d.BadRecords.Count) * DialectList.All.Count);
    }

    [Fact]
    public async Task OneTransport_HasARouteForEachProtocol()
    {
        using var demo = await RunAsync("--json", "--records", "30", "--transport", "grpc");

        using var json = JsonDocument.Parse(demo.Output);
        Assert.Equal(["seldon grpc", "tensorflow grpc", "v2 grpc"], RoutesOf(json).Select(NameOf));
        Assert.Equal(0, demo.ExitCode);
    }

    [Fact]
    public async Task ForAPerson_ShowsTheFiguresAndWhyRecordsWereRejected()
    {
        using var demo = await RunAsync("--records", "120");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        Assert.Contains("120 records in, 114 results, 6 dead letters", demo.Output, StringComparison.Ordinal);
        Assert.Contains("lost 0, duplicated 0, out of order 0", demo.Output, StringComparison.Ordinal);
        foreach (var reason in (string[])["unknown-proto-name", "refused-by-model", "invalid-protobuf", "invalid-json", "unknown-model", "empty-value"])
            Assert.Contains($"  {reason}: ", demo.Output, StringComparison.Ordinal);
        foreach (var protocol in (string[])["seldon", "tensorflow", "v2"])
        {
            foreach (var transport in (string[])["rest", "grpc"])
            {
                Assert.Matches($@"(?m)^{protocol} {transport} +20 +19 +1 +0 +\d+\.\d +\d+\.\d +ready$", demo.Output);
                Assert.Matches($@"(?m)^  {protocol} +{transport}  record \d+ -> (setosa|versicolor|virginica) [01]\.\d\d$", demo.Output);
            }
        }
    }

    [Theory, InlineData("--json"), InlineData("--transport", "both")]
    public async Task Stopped_EndsInOrderAndSaysOnlyThat(params string[] arguments)
    {
        var port = ObservedHost.FreePort();
        using var demo = HostProcess.Start(new Dictionary<string, string?>(), ["demo", "--records", "50000", "--http-port", $"{port}", .. arguments]);
        using var client = new HttpClient();
        await Until.True(() => demo.HasExited || HasCalled());

        demo.Terminate();

        Assert.Equal(1, await demo.ExitCodeAsync());
        Assert.Equal("Stopped before the demo was over.", demo.Errors.Trim());

        // Then hundreds of calls are in flight.
        bool HasCalled()
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/metrics"));
                using var response = client.Send(request);
                using var text = new StreamReader(response.Content.ReadAsStream());
                return text.ReadToEnd().Contains("http_client_request_duration_seconds_count", StringComparison.Ordinal);
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    [Theory, InlineData("--protocol", "http", "all", "seldon", "tensorflow", "v2"), InlineData("--transport", "smoke", "both", "rest", "grpc")]
    public async Task WrongWord_ExitCode2AndTheAllowedWords(string option, string word, params string[] allowed)
    {
        using var demo = await RunAsync(option, word);

        Assert.Equal((2, ""), (demo.ExitCode, demo.Output));
        Assert.All(allowed, a => Assert.Contains($"'{a}'", demo.Errors, StringComparison.Ordinal));
    }

    private static Task<HostProcess> RunAsync(params string[] arguments) => HostProcess.RunAsync(new Dictionary<string, string?>(), ["demo", .. arguments]);

    private static IEnumerable<string> NamesOf(JsonElement json) => json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal);

    private static List<JsonElement> RoutesOf(JsonDocument json) => [.. json.RootElement.GetProperty("routes").EnumerateArray()];

    private static string NameOf(JsonElement route) => $"{route.GetProperty("protocol").GetString()} {route.GetProperty("transport").GetString()}";

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
