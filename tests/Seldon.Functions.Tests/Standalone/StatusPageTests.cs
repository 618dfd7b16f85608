using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>What an operator sees of the real executable in a browser.</summary>
public partial class StatusPageTests
{
    [Fact]
    public async Task RecordsWereProcessed_StatusShowsWhatMetricsShow()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed);
        await bed.ProduceAsync([.. Input.Many(0, 20), Input.Of(0, null, "not JSON")]);
        await host.UntilMetrics(m => m.Of("seldon_functions_records_total").Sum(s => s.Value) >= 21);

        var status = await UntilStatusAsync(host, s => (long?)s["routes"]!.AsArray().SingleOrDefault()?["answered"] == 20 && (int?)s["deadLetters"]!["lastHour"]!["invalid-json"] == 1);

        var metrics = await host.ScrapeAsync();
        var (route, letter) = (status["routes"]!.AsArray().Single(r => (string?)r!["name"] == "default")!, status["deadLetters"]!["examples"]!.AsArray().Single()!);
        Assert.Equal(metrics.Of("seldon_functions_records_total", "seldon_outcome=\"answered\"", "seldon_route=\"default\"").Sum(s => s.Value), (double)route["answered"]!);
        Assert.Equal(metrics.Of("seldon_functions_records_total", "seldon_outcome=\"rejected\"", "seldon_route=\"default\"").Sum(s => s.Value), (double)route["rejected"]!);
        Assert.Equal(("invalid-json", TestBed.Input, "default"), ((string)letter["reason"]!, (string)letter["topic"]!, (string)letter["route"]!));
        Assert.All(status["partitions"]!.AsArray(), p => Assert.Equal(0, (long?)p!["lag"] ?? 0));
        Assert.DoesNotContain("not JSON", status.ToJsonString(), StringComparison.Ordinal);
        Assert.Null((string?)status["notReady"]);
    }

    [Fact]
    public async Task ModelIsUnavailable_ItsGateIsClosedUntilItIsBack()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Readiness = Reactions.NotReady;
        using var host = await ObservedHost.StartAsync(bed);

        await UntilStatusAsync(host, s => GateOf(s) == "closed");
        bed.Model.Readiness = Reactions.Ready;
        await UntilStatusAsync(host, s => GateOf(s) == "open");

        static string? GateOf(JsonNode status) => status["routes"]!.AsArray().SelectMany(r => r!["endpoints"]!.AsArray()).Select(e => (string?)e!["gate"]).FirstOrDefault(g => g == "closed")
            ?? (status["routes"]!.AsArray().Any(r => r!["endpoints"]!.AsArray().Count > 0) ? "open" : null);
    }

    [Fact]
    public async Task Page_LoadsNothingFromElsewhere()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed);
        using var client = new HttpClient { BaseAddress = host.Address };

        using var response = await client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        // The name of a namespace, which is no address.
        Assert.All(Address().Matches(page), a => Assert.Equal("http://www.w3.org/2000/svg", a.Value));
        Assert.Equal(["data:,"], Source().Matches(page).Select(m => m.Groups[1].Value).Where(s => s is not ("status" or "metrics")));
    }

    [Theory, InlineData("/../appsettings.json"), InlineData("/%2e%2e/appsettings.json"), InlineData("/status/x"), InlineData("//"), InlineData("/status.html")]
    public async Task OtherPath_IsNotThere(string path)
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed);

        Assert.StartsWith("HTTP/1.1 404", await SendAsync(host.Address, $"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressIsSet_ThePortIsOpenThereOnly()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed, ("SELDON_HTTP_ADDRESS", "127.0.0.1"));
        using var elsewhere = new HttpClient { BaseAddress = new Uri($"http://127.0.0.2:{host.Address.Port}") };

        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/status")).Status);
        if (OperatingSystem.IsLinux()) await Assert.ThrowsAsync<HttpRequestException>(() => elsewhere.GetAsync(new Uri("/status", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ThousandPartitionsAndFiftyRoutes_StatusHasEachOnceInLittleRoom()
    {
        const int Partitions = 1000, Routes = 50;
        await using var bed = await TestBed.CreateAsync(inputs: Partitions);
        List<(string, string?)> settings = [("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null), ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null), ("KAFKA_WORKERS", "7")];
        for (var i = 0; i < Routes; i++)
        {
            settings.AddRange([
                ($"Seldon:Routes:{i}:Name", $"route-{i}"), ($"Seldon:Routes:{i}:Protocol", "tensorflow"), ($"Seldon:Routes:{i}:Model", "m"),
                ($"Seldon:Routes:{i}:RestUrl", bed.Model.RestUrl), ($"Seldon:Routes:{i}:GrpcUrl", bed.Model.GrpcUrl)]);
            if (i == 0) continue;
            settings.Add(($"Seldon:Routes:{i}:InputTopic", $"in-{i}"));
            bed.Broker.CreateTopic($"in-{i}", 1);
        }
        using var host = await ObservedHost.StartAsync(bed, [.. settings]);

        var status = await UntilStatusAsync(host, s => s["partitions"]!.AsArray().Count == Partitions + Routes - 1 && s["routes"]!.AsArray().Count == Routes);

        Assert.Equal(Partitions + Routes - 1, status["partitions"]!.AsArray().Select(p => ((string?)p!["topic"], (int)p["partition"]!)).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, Routes).Select(i => $"route-{i}").Order(StringComparer.Ordinal), status["routes"]!.AsArray().Select(r => (string?)r!["name"]));
        Assert.All(status["routes"]!.AsArray().SelectMany(r => r!["endpoints"]!.AsArray()), e => Assert.Equal(7, (int)e!["limit"]!));
        Assert.InRange(status.ToJsonString().Length, 1, (100 * (Partitions + Routes)) + (1000 * Routes) + 50_000);
        Assert.InRange((await host.GetAsync("/")).Text.Length, 1, 20_000);
    }

    [Fact]
    public async Task LimitIsFound_StatusShowsWhatMetricsShow()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed, ("KAFKA_WORKERS", "auto"));

        var status = await UntilStatusAsync(host, s => s["routes"]!.AsArray().SelectMany(r => r!["endpoints"]!.AsArray()).Count() == 2);

        var metrics = await host.ScrapeAsync();
        Assert.All(status["routes"]!.AsArray().Single()!["endpoints"]!.AsArray(), e => Assert.Equal(
            metrics.Of("seldon_functions_calls_active_limit", $"seldon_transport=\"{e!["transport"]}\"").Sum(s => s.Value), (double)e["limit"]!));
    }

    [Fact]
    public async Task TwoInstancesOnOnePort_TheSecondSaysWhichSettingAndTheFirstGoesOn()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed);

        using var second = await HostProcess.RunAsync(bed.SettingsWith(("SELDON_HTTP_PORT", $"{host.Address.Port}")), "run");

        Assert.Equal(2, second.ExitCode);
        Assert.Contains($"SELDON_HTTP_PORT is '{host.Address.Port}', a port that another process has: use another, or leave it out for none.", second.Errors, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/status")).Status);
    }

    [Fact]
    public async Task AddressOfAnotherMachine_IsOneProblem()
    {
        await using var bed = await TestBed.CreateAsync();
        using var process = HostProcess.Start(bed.SettingsWith([("SELDON_HTTP_PORT", $"{ObservedHost.FreePort()}"), ("SELDON_HTTP_ADDRESS", "192.0.2.1")]), "run");

        await Until.True(() => process.HasExited);

        Assert.Equal(2, process.ExitCode);
        Assert.Contains("SELDON_HTTP_ADDRESS is '192.0.2.1', which is no address of this machine", process.Errors, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> UntilStatusAsync(ObservedHost host, Func<JsonNode, bool> condition)
    {
        JsonNode? status = null;
        await ObservedHost.UntilAsync(async () => condition(status = JsonNode.Parse((await host.GetAsync("/status")).Text)!), () => status!.ToJsonString());
        return status!;
    }

    private static async Task<string> SendAsync(Uri address, string request)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("""[a-z]+://[^\s"'<]+""")]
    private static partial Regex Address();

    [GeneratedRegex("""(?:src|href)\s*=\s*"([^"]*)""")]
    private static partial Regex Source();
}
