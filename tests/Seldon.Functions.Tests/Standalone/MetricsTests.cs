using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>What an operator sees of the real executable at <c>/metrics</c>.</summary>
public class MetricsTests
{
    private static readonly Dictionary<string, string> Families = new()
    {
        ["messaging_client_consumed_messages_total"] = "counter",
        ["messaging_client_sent_messages_total"] = "counter",
        ["messaging_process_duration_seconds"] = "histogram",
        ["http_client_request_duration_seconds"] = "histogram",
        ["rpc_client_call_duration_seconds"] = "histogram",
        ["seldon_functions_records_total"] = "counter",
        ["seldon_functions_calls_active"] = "gauge",
        ["seldon_functions_calls_active_limit"] = "gauge",
        ["seldon_functions_window_records"] = "gauge",
        ["seldon_functions_window_records_limit"] = "gauge",
        ["seldon_functions_window_bytes"] = "gauge",
        ["seldon_functions_window_bytes_limit_bytes"] = "gauge",
        ["seldon_functions_gate_closed"] = "gauge",
        ["seldon_functions_records_unproven"] = "gauge",
        ["seldon_functions_records_unproven_age_seconds"] = "gauge",
        ["seldon_functions_gate_closed_time_seconds_total"] = "counter",
        ["seldon_functions_consumer_lag"] = "gauge",
        ["seldon_functions_oldest_record_age_seconds"] = "gauge",
        ["seldon_functions_commits_total"] = "counter",
        ["seldon_functions_rebalances_total"] = "counter",
        ["seldon_functions_records_expired_total"] = "counter",
        ["seldon_functions_headers_skipped_total"] = "counter",
        ["seldon_functions_merging_off"] = "gauge",
    };

    private const string Rest = """{seldon_route="default",seldon_transport="rest"}""";
    private const string Grpc = """{seldon_route="default",seldon_transport="grpc"}""";
    private const string Consumed = """messaging_client_consumed_messages_total{messaging_consumer_group_name="group",messaging_destination_name="in",messaging_operation_name="poll",messaging_system="kafka"}""";

    [Fact]
    public async Task NothingHasHappened_EverySeriesThatIsKnownIsThereWithZero()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Broker.SetBrokerDown(1);
        using var host = await ObservedHost.StartAsync(bed, ("Seldon:Window:Records", "77"), ("Seldon:Window:Bytes", "4096"));

        var metrics = await host.ScrapeAsync();

        string[] zero =
        [
            Consumed, Sent("out"), Sent("out.errors"), Answered, Rejected("invalid-json"), Rejected("model-timeout"),
            """seldon_functions_records_total{error_type="unknown-route",seldon_outcome="rejected",seldon_route=""}""",
            $"seldon_functions_calls_active{Rest}", $"seldon_functions_calls_active{Grpc}", $"seldon_functions_gate_closed{Rest}", $"seldon_functions_gate_closed{Grpc}",
            $"seldon_functions_records_unproven{Rest}", $"seldon_functions_records_unproven_age_seconds{Rest}", $"seldon_functions_gate_closed_time_seconds_total{Rest}", "seldon_functions_window_records{}", "seldon_functions_window_bytes{}",
            "seldon_functions_oldest_record_age_seconds{}", "seldon_functions_commits_total{}", "seldon_functions_records_expired_total{}", "seldon_functions_headers_skipped_total{}",
            Rebalanced("assigned"), Rebalanced("revoked"), Rebalanced("lost"),
        ];
        Assert.All(zero, series => Assert.Equal((series, 0), (series, metrics[series])));
        Assert.Equal((77, 4096), (metrics["seldon_functions_window_records_limit{}"], metrics["seldon_functions_window_bytes_limit_bytes{}"]));
        Assert.Equal(1 + Enum.GetValues<RejectionReason>().Length, metrics.Of("seldon_functions_records_total", "seldon_route=\"default\"").Count());
    }

    [Fact]
    public async Task RecordsOfBothTransportsSomeOfThemBad_AreCountedByWhatBecameOfThem()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Script = call => call.Says("refused") ? Reactions.Refuse : Reactions.Digest;
        using var host = await ObservedHost.StartAsync(bed);
        await host.UntilReady();
        var (proto, illegal) = (TestRecords.Header("proto-name", TestRecords.PredictRequestName), TestRecords.Header("x-illegal", "a\nb"));
        await bed.ProduceAsync(
        [
            .. Input.Spread(4, 10), Input.Of(0, "k", "no json"), Input.Of(1, "k", "no json"), Input.Of(2, "k", """{"a":"refused"}""", illegal),
            new Input(3, null, TestRecords.Predict(), proto), new Input(3, null, TestRecords.Predict("refused"), proto),
        ]);
        await host.UntilMetrics(m => m.Sum("seldon_functions_records_total") == 45 && m.Of("seldon_functions_consumer_lag").Count(l => l.Value == 0) == 4 && m["seldon_functions_commits_total{}"] > 0);

        var metrics = await host.ScrapeAsync();

        Assert.Equal(Families.OrderBy(f => f.Key, StringComparer.Ordinal), metrics.Types.Where(t => t.Key != "target_info").OrderBy(f => f.Key, StringComparer.Ordinal));
        Assert.Equal(metrics.Types.Keys.Order(), metrics.Helps.Keys.Order());
        Assert.Equal((41, 2, 2), (metrics[Answered], metrics[Rejected("invalid-json")], metrics[Rejected("refused-by-model")]));
        Assert.Equal((45, 41, 4), (metrics[Consumed], metrics[Sent("out")], metrics[Sent("out.errors")]));
        Assert.Equal(41, metrics["""messaging_process_duration_seconds_count{messaging_consumer_group_name="group",messaging_destination_name="in",messaging_operation_name="process",messaging_system="kafka"}"""]);
        Assert.Equal(2, metrics.Sum("messaging_process_duration_seconds_count", "error_type=\"invalid-json\""));
        var http = $"http_request_method=\"POST\",http_response_status_code=\"{{0}}\",seldon_route=\"default\",server_address=\"127.0.0.1\",server_port=\"{new Uri(bed.Model.RestUrl).Port}\"}}";
        // A refusal may be followed by control calls and by a second attempt: the metrics count what the server saw.
        var (answered, refused) = (CallsSeen(grpc: false, refused: false), CallsSeen(grpc: false, refused: true));
        Assert.True(answered >= 40 && refused >= 1, $"{answered} {refused}");
        Assert.Equal(answered, metrics[$"http_client_request_duration_seconds_count{{{http.Replace("{0}", "200", StringComparison.Ordinal)}"]);
        Assert.Equal(refused, metrics[$"http_client_request_duration_seconds_count{{error_type=\"400\",{http.Replace("{0}", "400", StringComparison.Ordinal)}"]);
        var rpc = $"rpc_method=\"tensorflow.serving.PredictionService/Predict\",rpc_response_status_code=\"{{0}}\",rpc_system_name=\"grpc\",seldon_route=\"default\",server_address=\"127.0.0.1\",server_port=\"{new Uri(bed.Model.GrpcUrl).Port}\"}}";
        Assert.Equal(CallsSeen(grpc: true, refused: false), metrics[$"rpc_client_call_duration_seconds_count{{{rpc.Replace("{0}", "OK", StringComparison.Ordinal)}"]);
        Assert.Equal(CallsSeen(grpc: true, refused: true), metrics[$"rpc_client_call_duration_seconds_count{{error_type=\"INVALID_ARGUMENT\",{rpc.Replace("{0}", "INVALID_ARGUMENT", StringComparison.Ordinal)}"]);
        Assert.Equal((1, 1), (metrics["seldon_functions_headers_skipped_total{}"], metrics[Rebalanced("assigned")]));
        Assert.Equal(0, metrics["""seldon_functions_consumer_lag{messaging_destination_name="in",messaging_destination_partition_id="3"}"""]);
        Assert.Equal(15, metrics.Of("http_client_request_duration_seconds_bucket", "http_response_status_code=\"200\"").Count());

        var open = await host.ScrapeOpenMetricsAsync();
        Assert.EndsWith("# EOF\n", open, StringComparison.Ordinal);
        var units = Exposition.Parse(open).Units;
        Assert.All(Families.Keys.Select(f => f.Replace("_total", "", StringComparison.Ordinal)).Where(f => f.EndsWith("_seconds", StringComparison.Ordinal)), f => Assert.Equal("seconds", units[f]));
        Assert.Equal("bytes", units["seldon_functions_window_bytes"]);

        int CallsSeen(bool grpc, bool refused) => bed.Model.Calls.Count(call => call.IsGrpc == grpc && call.Says("refused") == refused);
    }

    [Fact]
    public async Task ModelIsOut_TheGateIsSeenToBeClosedAndItsTimeAndTheLagGrow()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed, ("SELDON_TRANSPORT", "rest"), ("MODEL_GRPC_URL", null), ("Seldon:Window:Records", "8"));
        // The model has been seen to be there: else it might be found to be out before there is a call.
        await bed.ProduceAsync(Input.Spread(4, 1));
        await host.UntilMetrics(m => m[Answered] == 4);
        await bed.Model.StopAsync();
        await bed.ProduceAsync(Input.Spread(4, 10));

        await host.UntilMetrics(m => m[$"seldon_functions_gate_closed{Rest}"] == 1 && m.Sum("seldon_functions_consumer_lag") == 40);
        var before = await host.ScrapeAsync();
        // More records come while the partitions are paused.
        await bed.ProduceAsync(Input.Spread(4, 10));
        await host.UntilMetrics(m => m.Sum("seldon_functions_consumer_lag") == 80 && Failed(m) > 0);
        var during = await host.ScrapeAsync();

        Assert.True(during[ClosedTime] > before[ClosedTime] && before[ClosedTime] > 0, $"{before[ClosedTime]} {during[ClosedTime]}");
        Assert.True(during["seldon_functions_oldest_record_age_seconds{}"] > before["seldon_functions_oldest_record_age_seconds{}"]);
        Assert.InRange(during["seldon_functions_window_records{}"], 4, 8);
        Assert.True(during["seldon_functions_window_bytes{}"] > 0);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await host.GetAsync("/health/ready")).Status);
        Assert.Equal(4, during[Answered]);

        await bed.Model.RestartAsync();
        await host.UntilMetrics(m => m[Answered] == 84 && m.Sum("seldon_functions_consumer_lag") == 0);
        var after = await host.ScrapeAsync();
        Assert.Equal((0, 0, 0), (after[$"seldon_functions_gate_closed{Rest}"], after["seldon_functions_window_records{}"], after["seldon_functions_oldest_record_age_seconds{}"]));
        var later = await host.ScrapeAsync();
        Assert.Equal((after[ClosedTime], 0), (later[ClosedTime], later[$"seldon_functions_calls_active{Rest}"]));

        // The first calls are refused; or reset, where they took a connection that had been open before.
        static double Failed(Exposition metrics) => Calls(metrics, "unreachable") + Calls(metrics, "connection-lost");
        static double Calls(Exposition metrics, string error) => metrics.Sum("http_client_request_duration_seconds_count", $"error_type=\"{error}\"");
    }

    private const string ClosedTime = $"seldon_functions_gate_closed_time_seconds_total{Rest}";
    private const string Answered = """seldon_functions_records_total{seldon_outcome="answered",seldon_route="default"}""";

    private static string Rejected(string reason) => $$"""seldon_functions_records_total{error_type="{{reason}}",seldon_outcome="rejected",seldon_route="default"}""";

    private static string Rebalanced(string how) => $$"""seldon_functions_rebalances_total{seldon_rebalance="{{how}}"}""";

    private static string Sent(string topic) =>
        $$"""messaging_client_sent_messages_total{messaging_destination_name="{{topic}}",messaging_operation_name="send",messaging_system="kafka"}""";
}
