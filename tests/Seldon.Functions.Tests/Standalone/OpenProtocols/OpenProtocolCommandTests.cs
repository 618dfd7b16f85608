using System.Net;
using System.Text.Json;
using Seldon.Functions.Options;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone.OpenProtocols;

/// <summary>The commands, where <c>SELDON_PROTOCOL</c> is left out.</summary>
public class OpenProtocolCommandTests
{
    private static readonly (string, string?) Unset = ("SELDON_PROTOCOL", null);

    [Fact]
    public async Task Run_SaysWhatItFoundAndProcesses()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Readiness = Speaking.Only("tensorflow");
        var inputs = Input.Spread(4, 5);
        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        using var host = HostProcess.Start(bed.SettingsWith(Unset), "run");

        await published.UntilSources(inputs.Count);

        Account.EachOnce(inputs, published);
        Assert.Contains($"SELDON_PROTOCOL is not set: found tensorflow by asking REST {bed.Model.RestUrl} and gRPC {bed.Model.GrpcUrl}. Set SELDON_PROTOCOL=tensorflow to start without asking.", host.Output, StringComparison.Ordinal);
        Assert.Equal(0, await host.TerminateAsync());
    }

    [Fact]
    public async Task ModelComesLater_RunIsAliveAndNotReadyUntilThen()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Readiness = Speaking.Only("tensorflow");
        await bed.Model.StopAsync();
        var inputs = Input.Spread(4, 5);
        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        var port = ObservedHost.FreePort();
        using var host = HostProcess.Start(bed.SettingsWith(Unset, ("SELDON_HTTP_PORT", $"{port}")), "run");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Until.True(() => host.Output.Contains("Waiting to learn the protocol: SELDON_PROTOCOL is not set, and REST", StringComparison.Ordinal) || host.HasExited);

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync("/health/live"));
        var (status, text) = await GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("not ready: SELDON_PROTOCOL is not set, and REST", text, StringComparison.Ordinal);

        await bed.Model.RestartAsync();
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/status")).Status);
        Assert.Equal(0, await host.TerminateAsync());

        async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
        {
            using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task StoppedWhileItWaits_RunEndsWell()
    {
        await using var bed = await TestBed.CreateAsync();
        await bed.Model.StopAsync();
        using var host = HostProcess.Start(bed.SettingsWith(Unset), "run");
        await Until.True(() => host.Output.Contains("Waiting to learn the protocol", StringComparison.Ordinal) || host.HasExited);

        Assert.Equal(0, await host.TerminateAsync());
    }

    [Fact]
    public async Task ServerSpeaksTwo_RunRefuses()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Readiness = Speaking.Only("seldon", "v2");
        using var host = await HostProcess.RunAsync(bed.SettingsWith([Unset, ("SELDON_TRANSPORT", null), .. Speaking.Addresses(bed.Model, Transport.Rest)]), "run");

        Assert.Equal(2, host.ExitCode);
        Assert.Contains($"SELDON_PROTOCOL is not set, and REST {bed.Model.RestUrl} speaks seldon and v2: set it", host.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_SaysWhatItFound()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Readiness = Speaking.Only("seldon");
        using var host = await HostProcess.RunAsync(bed.SettingsWith([Unset, ("SELDON_TRANSPORT", null), .. Speaking.Addresses(bed.Model, Transport.Rest)]), "check");

        Assert.Contains($"settings: SELDON_PROTOCOL is not set: found seldon by asking REST {bed.Model.RestUrl}", host.Output, StringComparison.Ordinal);
        Assert.Contains("default (seldon, REST)", host.Output, StringComparison.Ordinal);
        Assert.Contains("is there (seldon has no metadata to ask for)", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyAnswers_CheckIsRedAndChecksTheRest()
    {
        await using var bed = await TestBed.CreateAsync();
        await bed.Model.StopAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(Unset), "check", "--json");

        Assert.Equal(1, host.ExitCode);
        var findings = JsonDocument.Parse(host.Output).RootElement.GetProperty("findings").EnumerateArray().ToList();
        var red = Assert.Single(findings, f => f.GetProperty("subject").GetString() == "model default");
        Assert.Equal("failure", red.GetProperty("level").GetString());
        Assert.Contains("SELDON_PROTOCOL is not set, and REST", red.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("or set the protocol", red.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Contains(findings, f => f.GetProperty("subject").GetString() == "results topic");
    }

    [Fact]
    public async Task Settings_ShowWhereTheProtocolComesFrom()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Readiness = Speaking.Only("v2");
        using var found = await HostProcess.RunAsync(bed.SettingsWith(Unset), "settings", "--json");
        await bed.Model.StopAsync();
        using var open = await HostProcess.RunAsync(bed.SettingsWith(Unset), "settings", "--json");

        Assert.Equal((0, 0), (found.ExitCode, open.ExitCode));
        Assert.Equal(("v2", "found by asking"), ProtocolIn(found));
        Assert.Equal("", ProtocolIn(open).Value);
        Assert.Contains("asked for when 'run' starts", ProtocolIn(open).From, StringComparison.Ordinal);

        static (string? Value, string? From) ProtocolIn(HostProcess command)
        {
            var setting = JsonDocument.Parse(command.Output).RootElement.GetProperty("settings").EnumerateArray().Single(s => s.GetProperty("name").GetString() == "SELDON_PROTOCOL");
            return (setting.GetProperty("value").GetString(), setting.GetProperty("from").GetString());
        }
    }

    [Fact]
    public async Task NobodyAnswers_SendRefuses()
    {
        await using var bed = await TestBed.CreateAsync();
        await bed.Model.StopAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(Unset), "send", "--json", "{}");

        Assert.Equal(2, host.ExitCode);
        Assert.Contains("SELDON_PROTOCOL is not set, and REST", host.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_AsksToo()
    {
        await using var model = await ScriptedModel.StartAsync();
        model.Readiness = Speaking.Only("tensorflow", "v2");
        var request = Path.GetTempFileName();
        await File.WriteAllTextAsync(request, "{}", TestContext.Current.CancellationToken);
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), "bench", "--url", model.RestUrl, "--request", request);
        File.Delete(request);

        Assert.Equal(2, host.ExitCode);
        Assert.Contains($"--protocol is not set, and REST {model.RestUrl} speaks tensorflow and v2", host.Errors, StringComparison.Ordinal);
    }
}
