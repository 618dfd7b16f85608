using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Seldon.Functions.Demo.Dialects;

namespace Seldon.Functions.Demo.Report;

/// <summary>What the independent reader found, and how long the model calls took.</summary>
internal sealed class DemoReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="expected">How many records were sent.</param>
    /// <param name="timeline">What happened besides; null where all records were sent at once, and nothing was redriven.</param>
    public DemoReport(IReadOnlyList<Dialect> dialects, int expected, DemoLedger ledger, DemoProgress progress, TimeSpan elapsed, DemoTimeline? timeline = null)
    {
        Total = progress.Total(elapsed);
        Routes = progress.Routes(elapsed);
        Seconds = Math.Round(elapsed.TotalSeconds, 3);
        (Lost, Duplicated, OutOfOrder) = (ledger.Lost, ledger.Duplicated, ledger.OutOfOrder);
        Rejected = ledger.Rejected;
        Samples = [.. dialects.Where(d => ledger.SampleOf(d) is not null).Select(d => $"{d.Protocol,-10}  {d.TransportName}  {ledger.SampleOf(d)}")];
        Account = timeline is null ? null : new DemoAccount(expected, Results, DeadLetters, ledger.Redriven, ledger.RedrivenAnswered);
        Events = timeline?.Events;
        IsSound = Lost == 0 && Duplicated == 0 && OutOfOrder == 0 && Records == expected
            && Routes.All(route => route.Results + route.DeadLetters == route.Records);
    }

    public int Records => Total.Records;

    public int Results => Total.Results;

    public int DeadLetters => Total.DeadLetters;

    /// <summary>Input records that came out neither as a result nor as a dead letter.</summary>
    public int Lost { get; }

    public int Duplicated { get; }

    public int OutOfOrder { get; }

    public double Seconds { get; }

    public double RecordsPerSecond => Total.RecordsPerSecond;

    public IReadOnlyList<DemoRoute> Routes { get; }

    public IReadOnlyList<DemoRejection> Rejected { get; }

    /// <summary>What became of each request, where dead letters were redriven: one of them is a record again, and a result or a dead letter again.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DemoAccount? Account { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DemoEvent>? Events { get; }

    /// <summary>All routes together.</summary>
    [JsonIgnore]
    public DemoRoute Total { get; }

    /// <summary>A result in each dialect, decoded, for a person.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Samples { get; }

    /// <summary>Whether every record came out once and in order.</summary>
    [JsonIgnore]
    public bool IsSound { get; }

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>The figures of one protocol over one transport; the latencies are those of the model calls.</summary>
internal sealed record DemoRoute(
    string Protocol, string Transport, int Records, int Results, int DeadLetters, double RecordsPerSecond, double P50Ms, double P99Ms)
{
    /// <summary>Records of which nothing has come out yet.</summary>
    [JsonIgnore]
    public int Waiting => Records - Results - DeadLetters;

    [JsonIgnore]
    public DemoGate Gate { get; init; }
}

/// <summary>What became of the requests in the end.</summary>
/// <param name="Sent">How many there were.</param>
/// <param name="Answered">Those that are results, some of them after a redrive.</param>
/// <param name="DeadLetters">Those that are dead letters.</param>
/// <param name="Redriven">How many dead letters were put back.</param>
/// <param name="RedrivenAnswered">How many of those are results now.</param>
internal sealed record DemoAccount(int Sent, int Answered, int DeadLetters, int Redriven, int RedrivenAnswered)
{
    /// <summary>Those that are neither.</summary>
    public int Unanswered => Sent - Answered - DeadLetters;
}

/// <summary>A dead letter: why, and which input record it was.</summary>
internal sealed record DemoRejection(string Reason, string Topic, int Partition, long Offset, string Message)
{
    /// <summary>Whether it had been a dead letter before.</summary>
    [JsonIgnore]
    public bool IsRedriven { get; init; }
}
