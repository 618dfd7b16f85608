using System.Globalization;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// On some records the model answers 500, hangs, cuts the connection, talks nonsense, or answers more than the results topic takes.
/// </summary>
internal sealed class PoisonFault() : FaultRow("poison", "on some records the model answers 500, hangs, resets, talks nonsense, answers too much")
{
    /// <summary>How long the model may take for a record that hangs it, three times.</summary>
    private const int TimeoutSeconds = 3;

    private const int Attempts = 3;
    private const double Room = 6;
    private const double LongestDelayElsewhere = 4;
    private const int Partitions = 4;
    private const int Every = 400;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var model = await FaultyModel.StartAsync();
        await using var run = new FaultRun(this, scene, model, ("MODEL_TIMEOUT", $"{TimeoutSeconds}s"));
        await scene.Kafka.CreateAsync(run.Pipeline.Input, Partitions);
        await scene.Kafka.CreateAsync(run.Pipeline.Output, Partitions, ("max.message.bytes", "100000"));
        await scene.Kafka.CreateAsync(run.Pipeline.Errors, 2);
        await run.Fleet.AddAsync();
        run.StartLoad(100, i => PoisonOf(i) is { } how ? FaultyModel.Poison(run.Flowers[i], how, PartitionOf(how)) : run.Flowers[i]);
        await run.UntilSentAsync(scene.Scale.Repeats * FaultyModel.Poisons.Count * Every);

        var report = await run.FinishAsync();
        var slowest = report.Account!.DeadLetters
            .Where(d => FaultyModel.Poisons.Values.Any(reason => reason.ToWire() == d.Header("seldon-error-reason")))
            .Max(d => d.Record.Timestamp - long.Parse(d.Header("seldon-error-timestamp"), CultureInfo.InvariantCulture)) / 1000.0;
        var elsewhere = report.Account.Silences.Where(s => s.Key != PartitionOf("hang")).Max(s => s.Value.TotalSeconds);
        report.Expect(!scene.Scale.JudgesTimes || slowest <= Attempts * TimeoutSeconds + Room, $"a dead letter takes {slowest:0.0} s");
        report.Expect(!scene.Scale.JudgesTimes || elsewhere <= LongestDelayElsewhere, $"a partition without a record that hangs is silent for {elsewhere:0.0} s");
        report.Note($"slowest dead letter {slowest:0.0} s (3 attempts of {TimeoutSeconds} s); longest silence of the partitions without hanging records {elsewhere:0.0} s");
        return report;
    }

    /// <summary>Each kind of poison in its turn; good records in between, at first above all.</summary>
    private static string? PoisonOf(int i) => i % Every == Every - 1 ? FaultyModel.Poisons.Keys.ElementAt(i / Every % FaultyModel.Poisons.Count) : null;

    /// <summary>Records that hang have a partition, which no other poison has.</summary>
    private static int PartitionOf(string how) => how == "hang" ? 0 : 1 + how.Length % (Partitions - 1);
}
