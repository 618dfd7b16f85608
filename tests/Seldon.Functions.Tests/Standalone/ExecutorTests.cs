using System.Net;
using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.Tests.SeldonDeployments;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The executable started as Seldon's operator starts its executor, and with a manifest: a single model end to end.</summary>
public class ExecutorTests
{
    private const int Count = 40;

    [Theory, InlineData("rest"), InlineData("grpc")]
    public async Task ManifestAlone_RequestsComeOutPredicted(string transport)
    {
        await using var bed = await TestBed.CreateAsync();
        using var manifest = new ManifestFile(ManifestFor(bed, transport));
        using var host = HostProcess.Start(Only(("SELDON_DEPLOYMENT", manifest.Path), ("MODEL_HOST", "127.0.0.1")), "run");

        await EachIsPredictedOnce(bed, transport, host);
    }

    [Fact]
    public async Task FlagsOfTheOperator_RunThePredictor_AndAnswerItsProbes()
    {
        await using var bed = await TestBed.CreateAsync();
        var port = ObservedHost.FreePort();
        var predictor = $$"""
            {"name":"model","replicas":0,"graph":{"name":"m","type":"MODEL","implementation":"UNKNOWN_IMPLEMENTATION",
             "endpoint":{"httpPort": {{PortOf(bed.Model.RestUrl)}}, "service_host":"127.0.0.1"} } }
            """;
        using var host = HostProcess.Start(
            Only(("ENGINE_PREDICTOR", Convert.ToBase64String(Encoding.UTF8.GetBytes(predictor))), ("KAFKA_BROKER", bed.Broker.BootstrapServers),
                ("KAFKA_INPUT_TOPIC", TestBed.Input), ("KAFKA_OUTPUT_TOPIC", TestBed.Output), ("SELDON_HTTP_PORT", "1")),
            "--sdep", "cifar", "--namespace", "n", "--predictor", "model", "--http_port", $"{port}", "--grpc_port", "5001", "--protocol", "tensorflow", "--transport", "rest",
            "--prometheus_path", "/prometheus", "--server_type", "kafka", "--log_work_buffer_size", "10000", "--log_write_timeout_ms", "2000", "--full_health_checks=false");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        await EachIsPredictedOnce(bed, "rest", host, async () =>
        {
            // Records may be answered before the brokers have said where the partitions end, which readiness waits for.
            await Until.True(async () => { using var ready = await client.GetAsync(new Uri("/ready", UriKind.Relative)); return ready.IsSuccessStatusCode; }, () => "/ready");
            foreach (var path in (string[])["/ready", "/live", "/health/ready", "/health/live", "/prometheus", "/metrics"])
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.Equal((path, HttpStatusCode.OK), (path, answer.StatusCode));
            }
            Assert.Contains("seldon_functions_records_total", await client.GetStringAsync(new Uri("/prometheus", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        });
        Assert.Contains("--log_work_buffer_size, --log_write_timeout_ms: no effect here, payloads are not logged", host.Output, StringComparison.Ordinal);
        Assert.Contains("--grpc_port: no effect here, no RPC is served", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerOfRpc_IsRefusedWithItsReason_BesideAllOtherProblems()
    {
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), "--sdep", "d", "--namespace", "n", "--predictor", "p", "--server_type=rpc");

        Assert.Equal((2, ""), (host.ExitCode, host.Output));
        Assert.Contains("--server_type is 'rpc': this program answers records, not RPC", host.Errors, StringComparison.Ordinal);
        Assert.Contains("KAFKA_BROKER is not set", host.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no_such_flag is no flag of Seldon's executor: remove it.", "--sdep", "d", "--no_such_flag", "5")]
    [InlineData("--transport has no value: give it one.", "--sdep", "d", "--transport")]
    [InlineData("--log_level is 'LOUD': use one of DEBUG, INFO, WARN", "--sdep", "d", "--log_level=LOUD")]
    [InlineData("--debug is 'abc': use true or false.", "--sdep", "d", "--debug=abc")]
    [InlineData("--kafka_full_graph is '': use true or false.", "--sdep", "d", "--kafka_full_graph=")]
    [InlineData("--kafka_workers is '0': use a whole number", "--sdep", "d", "--kafka_workers", "0")]
    [InlineData("--file is 'nofile.yaml', which cannot be read", "--file", "nofile.yaml")]
    [InlineData("--http_port is 'x'", "--sdep", "d", "--http_port=x")]
    public async Task WrongFlag_ExitCode2AndNamesIt(string problem, params string[] arguments)
    {
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), arguments);

        Assert.Equal(2, host.ExitCode);
        Assert.Contains(problem, host.Errors, StringComparison.Ordinal);
    }

    private static async Task EachIsPredictedOnce(TestBed bed, string transport, HostProcess host, Func<Task>? meanwhile = null)
    {
        var inputs = transport == "rest"
            ? Input.Spread(4, Count / 4)
            : [.. Enumerable.Range(0, Count).Select(i => TestRecords.Good(Transport.Grpc, i)).Select(r => new Input((int)r.Offset % 4, r.Key, r.Value, [.. r.Headers]))];
        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        await published.UntilSources(Count);
        if (meanwhile is not null) await meanwhile();
        host.Terminate();
        Assert.Equal(0, await host.ExitCodeAsync());
        Assert.Empty(host.Errors);
        Assert.Empty(published.DeadLetters);
        Account.EachOnce(inputs, published);
        Assert.Equal(Count, bed.Model.Calls.Count);
    }

    private static string ManifestFor(TestBed bed, string transport) => SampleManifest.Cifar10
        .Replace("10.12.10.16:9094", bed.Broker.BootstrapServers, StringComparison.Ordinal)
        .Replace("cifar10-rest-input", TestBed.Input, StringComparison.Ordinal)
        .Replace("cifar10-rest-output", TestBed.Output, StringComparison.Ordinal)
        .Replace("transport: rest", $"transport: {transport}", StringComparison.Ordinal)
        .Replace("name: http", $"name: {(transport == "rest" ? "http" : "grpc")}", StringComparison.Ordinal)
        .Replace("containerPort: 8501", $"containerPort: {PortOf(transport == "rest" ? bed.Model.RestUrl : bed.Model.GrpcUrl)}", StringComparison.Ordinal);

    private static int PortOf(string url) => new Uri(url).Port;

    /// <summary>Nothing but these, and what the embedded broker needs.</summary>
    private static Dictionary<string, string?> Only(params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["KAFKA_GROUP_PROTOCOL"] = "consumer", ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5" };
        foreach (var (name, value) in settings) all[name] = value;
        return all;
    }
}
