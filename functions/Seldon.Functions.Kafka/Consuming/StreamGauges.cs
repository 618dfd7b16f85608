using System.Diagnostics.Metrics;
using Seldon.Functions.Telemetry;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>The instruments that tell of the processors that run.</summary>
internal static class StreamGauges
{
    public static readonly LiveSources<StreamStatus> Streams = new();

    public static readonly ObservableGauge<int> WindowRecords = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.window.records", () => Streams.Select(s => new Measurement<int>(s.Records)), "{record}", "Records that were let into the window and are not yet acknowledged.");

    public static readonly ObservableGauge<int> WindowRecordsLimit = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.window.records.limit", () => Streams.Select(s => new Measurement<int>(s.RecordsLimit)), "{record}", "Most records that the window takes.");

    public static readonly ObservableGauge<long> WindowBytes = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.window.bytes", () => Streams.Select(s => new Measurement<long>(s.Bytes)), "By", "Bytes of the records in the window.");

    public static readonly ObservableGauge<long> WindowBytesLimit = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.window.bytes.limit", () => Streams.Select(s => new Measurement<long>(s.BytesLimit)), "By", "Most bytes that the window takes.");

    public static readonly ObservableGauge<double> OldestRecordAge = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.oldest.record.age", () => Streams.Select(s => new Measurement<double>(s.OldestRecordAge.TotalSeconds)), "s",
        "Age, by its timestamp, of the oldest record that was read and is not yet acknowledged; 0 if there is none.");

    public static readonly ObservableGauge<long> ConsumerLag = Instruments.Meter.CreateObservableGauge(
        "seldon.functions.consumer.lag", () => Streams.SelectMany(s => s.Lags()), "{record}", "Records of a partition that are not yet acknowledged, read or not; none of transactions that are open.");
}
