using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Spectre.Console;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary><c>campaign</c>: lets every fault happen and prints what became of the records.</summary>
internal static class CampaignCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Task<int> RunAsync(string[] args)
    {
        var minutes = new Option<int?>("--minutes") { Description = "About how long it may take (20 at least; more are spent on kills); how long a soak lasts." };
        var rows = new Option<string[]>("--row") { Description = "Only these rows.", AllowMultipleArgumentsPerToken = true };
        rows.AcceptOnlyFromAmong([.. FaultRow.All.Select(f => f.Name)]);
        var json = new Option<bool>("--json") { Description = "Print the reports as JSON, and nothing else, on standard output." };
        var bounded = new Option<bool>("--bounded") { Description = "Only as much of each fault as the tests do." };
        var delivery = new Option<string>("--delivery") { Description = "How instances deliver.", DefaultValueFactory = _ => "acknowledged" };
        delivery.AcceptOnlyFromAmong("acknowledged", "exactly-once");
        var batchRows = new Option<int>("--batch-rows") { Description = "How many rows a merged call may have (MODEL_MAX_BATCH_ROWS).", DefaultValueFactory = _ => 1 };
        var command = new Command("campaign", "Faults, a genuine Kafka, real processes; what comes out is counted. Exit codes: 0 all sound, 1 not, 2 no Kafka.")
        {
            minutes, rows, json, bounded, delivery, batchRows,
        };
        command.SetAction((parsed, _) => RunAsync(
            Among(parsed.GetValue(rows) ?? []), parsed.GetValue(bounded) ? Scale.Bounded : Scale.Full(parsed.GetValue(minutes)), new Mode(parsed.GetValue(delivery)!, parsed.GetValue(batchRows)), parsed.GetValue(json)));
        return new RootCommand { command }.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static IReadOnlyList<FaultRow> Among(string[] names) => [.. FaultRow.All.Where(f => names.Length == 0 ? !f.IsOnRequest : names.Contains(f.Name))];

    private static async Task<int> RunAsync(IReadOnlyList<FaultRow> faults, Scale scale, Mode mode, bool json)
    {
        // Exit ends the processes that were started; a signal by itself would leave them.
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        await using var fixture = new KafkaFixture();
        await fixture.InitializeAsync();
        if (fixture.Missing is { } missing)
        {
            await Console.Error.WriteLineAsync(missing);
            return 2;
        }
        if (!json) Console.WriteLine(CampaignTable.Head);
        var reports = new List<FaultReport>();
        foreach (var fault in faults)
        {
            if (fault.MissingFor(mode.Delivery) is { } lacking)
            {
                await Console.Error.WriteLineAsync($"{fault.Name}: skipped. {lacking}");
                continue;
            }
            var report = await ShowAsync(fault, fixture, scale, mode, json);
            reports.Add(report);
            if (!json) Console.WriteLine(CampaignTable.Line(report));
            foreach (var problem in report.Problems) await Console.Error.WriteLineAsync($"{report.Name}: {problem}");
        }
        if (json) Console.WriteLine(JsonSerializer.Serialize(reports, Json));
        return reports.All(r => r.Problems.Count == 0) ? 0 : 1;
    }

    private static void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        Environment.Exit(1);
    }

    /// <summary>Runs a row, with a line about what happens now where a person looks on.</summary>
    private static async Task<FaultReport> ShowAsync(FaultRow fault, KafkaFixture fixture, Scale scale, Mode mode, bool json)
    {
        if (json || Console.IsOutputRedirected) return await RunAsync(fault, fixture, scale, mode, _ => { });
        return await AnsiConsole.Status().StartAsync(fault.Name, status => RunAsync(fault, fixture, scale, mode, line => status.Status(Markup.Escape(line))));
    }

    private static async Task<FaultReport> RunAsync(FaultRow fault, KafkaFixture fixture, Scale scale, Mode mode, Action<string> say)
    {
        try
        {
            return await fault.RunAsync(new Scene(fixture.Home, fixture.Topics, fixture.Model, scale, say) { Delivery = mode.Delivery, BatchRows = mode.BatchRows });
        }
#pragma warning disable CA1031 // A row that fails, however it does, is a row that is not sound; the others go on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return new FaultReport(fault, failure);
        }
    }

    /// <summary>How instances deliver, and how many rows their merged calls may have.</summary>
    private sealed record Mode(string Delivery, int BatchRows);
}
