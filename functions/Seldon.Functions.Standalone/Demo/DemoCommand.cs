using System.CommandLine;

namespace Seldon.Functions.Standalone.Demo;

/// <summary><c>seldon-functions demo</c>: the whole path on this machine alone, with an embedded broker and an embedded model.</summary>
internal static class DemoCommand
{
    private const int MostRecords = 200_000;

    public static Command Create()
    {
        var records = new Option<int>("--records") { Description = $"How many records to send, from 1 to {MostRecords}.", DefaultValueFactory = _ => 600 };
        records.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostRecords) result.AddError($"--records takes a whole number from 1 to {MostRecords}.");
        });
        var transport = new Option<string>("--transport") { Description = "Which requests to send.", DefaultValueFactory = _ => "both" };
        transport.AcceptOnlyFromAmong("both", "rest", "grpc");
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };

        var command = new Command("demo", "Send records through an embedded broker and model, and show what becomes of each. Exit codes: 0 all accounted for, 1 not, 2 wrong usage.")
        {
            records, transport, json,
        };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(records), ToTransport(parsed.GetValue(transport)!), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(int records, Transport transport, bool json)
    {
        using var stop = new StopSignal();
        using var figures = new DemoFigures();
        var display = json ? null : new DemoDisplay(records, figures);
        try
        {
            var report = await new DemoRun(records, transport, display, TimeProvider.System).RunAsync(stop.Token).ConfigureAwait(false);
            if (json) await Console.Out.WriteLineAsync(report.ToJson()).ConfigureAwait(false);
            else display!.ShowEnd(report);
            return report.IsSound ? ExitCode.Success : ExitCode.Failure;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped before the demo was over.").ConfigureAwait(false);
            return ExitCode.Failure;
        }
#pragma warning disable CA1031 // Whatever it is, a person who tries the demo is told in one line.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"The demo failed: {failure.GetType().Name}: {failure.Message}").ConfigureAwait(false);
            return ExitCode.Failure;
        }
    }

    private static Transport ToTransport(string word) => word switch
    {
        "rest" => Transport.Rest,
        "grpc" => Transport.Grpc,
        _ => Transport.Auto,
    };
}
