using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>What the independent reader found.</summary>
internal sealed class DemoReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required int Records { get; init; }

    public required int Results { get; init; }

    public required int DeadLetters { get; init; }

    /// <summary>Input records that came out neither as a result nor as a dead letter.</summary>
    public required int Lost { get; init; }

    public required int Duplicated { get; init; }

    public required int OutOfOrder { get; init; }

    public required double Seconds { get; init; }

    public required double RecordsPerSecond { get; init; }

    public required IReadOnlyList<DemoRoute> Routes { get; init; }

    public required IReadOnlyList<DemoRejection> Rejected { get; init; }

    /// <summary>A few results, decoded, for a person.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Samples { get; init; } = [];

    /// <summary>Whether every record came out once and in order.</summary>
    [JsonIgnore]
    public bool IsSound => Lost == 0 && Duplicated == 0 && OutOfOrder == 0 && Results + DeadLetters == Records;

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>The figures of one protocol over one transport.</summary>
internal sealed record DemoRoute(string Protocol, string Transport, int Records, int Results, int DeadLetters);

/// <summary>A dead letter: why, and which input record it was.</summary>
internal sealed record DemoRejection(string Reason, string Topic, int Partition, long Offset, string Message);
