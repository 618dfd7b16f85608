using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The real executable sends metrics and traces to a collector by OpenTelemetry's own settings.</summary>
public class OtlpTests
{
    private const string Metrics = "/v1/metrics";
    private const string Traces = "/v1/traces";
    private const string OwnPath = "/own/path";

    /// <summary>Settings, where the word URL stands for the collector's address, and the paths that are posted to.</summary>
    public static readonly TheoryData<string, string> Wishes = new()
    {
        { "OTEL_EXPORTER_OTLP_ENDPOINT=URL", $"{Metrics} {Traces}" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT=URL OTEL_TRACES_EXPORTER=none", Metrics },
        { "OTEL_EXPORTER_OTLP_ENDPOINT=URL OTEL_METRICS_EXPORTER=none", Traces },
        { $"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=URL{OwnPath}", OwnPath },
        { $"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=URL{OwnPath}", OwnPath },
        { "OTEL_EXPORTER_OTLP_ENDPOINT=URL OTEL_SDK_DISABLED=true", "" },
        { "", "" },
    };

    [Theory, MemberData(nameof(Wishes))]
    public async Task EndpointIsSet_WhatIsWantedIsSentThereAndNothingElse(string wishes, string paths)
    {
        await using var bed = await TestBed.CreateAsync();
        using var collector = new Collector();
        var settings = bed.SettingsWith([("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), .. Parse(wishes, collector)]);
        using var published = bed.Read();
        await bed.ProduceAsync(Input.Spread(4, 5));
        using var host = HostProcess.Start(settings, "run");
        await published.UntilSources(20);

        // What is in flight is sent at the end.
        host.Terminate();
        Assert.Equal(0, await host.ExitCodeAsync());

        Assert.Equal(paths.Split(' ', StringSplitOptions.RemoveEmptyEntries), collector.Paths);
        Assert.Empty(host.Errors);
    }

    [Theory, InlineData("", "seldon-functions"), InlineData("OTEL_SERVICE_NAME=flowers", "flowers")]
    public async Task RecordsGoThrough_MetricsAndSpansCarryNamesAttributesAndTheService(string wishes, string service)
    {
        await using var bed = await TestBed.CreateAsync();
        using var collector = new Collector();
        var settings = bed.SettingsWith(
        [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"), .. Parse(wishes, collector),
        ]);
        await bed.ProduceAsync([.. Input.Spread(4, 5), Input.Of(0, null, "no json")]);
        using var host = HostProcess.Start(settings, "run");

        string[] metrics = ["messaging.client.consumed.messages", "seldon.functions.records", "seldon.functions.gate.closed.time", "http.client.request.duration", "invalid-json", service];
        string[] traces = ["process in", "POST", "messaging.kafka.offset", "http.response.status_code", "invalid-json", service];
        await Until.True(() => metrics.All(text => collector.Has(Metrics, text)));
        await Until.True(() => traces.All(text => collector.Has(Traces, text)));
    }

    [Fact]
    public async Task CollectorIsGone_RecordsGoThroughAndTheProcessEndsInTime()
    {
        await using var bed = await TestBed.CreateAsync();
        var settings = bed.SettingsWith(("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{ObservedHost.FreePort()}"), ("OTEL_METRIC_EXPORT_INTERVAL", "100"));
        using var published = bed.Read();
        await bed.ProduceAsync(Input.Spread(4, 5));
        using var host = HostProcess.Start(settings, "run");
        await published.UntilSources(20);

        host.Terminate();
        Assert.Equal(0, await host.ExitCodeAsync().WaitAsync(TimeSpan.FromSeconds(15), TimeProvider.System, TestContext.Current.CancellationToken));
    }

    private static IEnumerable<(string, string?)> Parse(string wishes, Collector collector) =>
        wishes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Split('=', 2))
            .Select(w => (w[0], (string?)w[1].Replace("URL", collector.Url, StringComparison.Ordinal)));
}
