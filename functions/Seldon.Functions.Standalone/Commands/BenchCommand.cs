using System.CommandLine;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Bench;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions bench</c>: measures a model server, and says what to set.</summary>
internal static class BenchCommand
{
    private const int DefaultSeconds = 60;

    private const string Description = """
        Measure how much a model server answers with 1 to 256 calls in flight and 1 to 64 records a call, check that merged answers equal
        single ones, and say what to set. The server is asked as 'run' would ask it, by the same transports and the same merging; settings
        MODEL_* and SELDON_* that no option gives hold as there. It gets all the load that it bears: do not measure a server that others need.
        Without --url, a model inside this process is measured that costs one processor 2 ms a call and 20 µs a row.
        Exit codes: 0 measured, 1 it cannot be measured, or its requests cannot share calls, or stopped, 2 wrong usage.
        """;

    private static readonly ModelCost EmbeddedCost = new(TimeSpan.FromMilliseconds(2), TimeSpan.FromMicroseconds(20));

    public static Command Create()
    {
        var url = new Option<string?>("--url") { Description = "The model server, scheme://host:port." };
        var protocol = new Option<string?>("--protocol") { Description = "Its protocol. Default: SELDON_PROTOCOL, else what the server speaks." };
        protocol.AcceptOnlyFromAmong([.. DialectList.All.Select(d => d.Protocol).Distinct()]);
        var transport = new Option<string>("--transport") { Description = "How it is asked.", DefaultValueFactory = _ => BenchTarget.Rest };
        transport.AcceptOnlyFromAmong(BenchTarget.Rest, BenchTarget.Grpc);
        var model = new Option<string?>("--model") { Description = "The model's name, where the protocol has one. Default: MODEL_NAME." };
        var requests = new Option<string[]>("--request") { Description = "A file with a request: JSON for rest, protobuf for grpc. Can be repeated; they are sent in turn." };
        var seconds = WholeNumber.Option("--seconds", "How long it may take altogether.", 24 * 60 * 60);
        seconds.DefaultValueFactory = _ => DefaultSeconds;
        var rate = WholeNumber.Option("--rate", "The records/s that are wanted: says how many servers, instances and partitions they need.");
        var plot = new Option<string?>("--plot") { Description = "Draw a plot, and write it to PLOT.png and PLOT.svg." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, and nothing else, on standard output." };

        var command = new Command("bench", Description) { url, protocol, transport, model, requests, seconds, rate, plot, json };
        command.Validators.Add(parsed =>
        {
            var (hasUrl, hasRequest) = (parsed.GetValue(url) is not null, parsed.GetValue(requests) is { Length: > 0 });
            if (hasUrl && !hasRequest) parsed.AddError("--request is not given: with --url, name a file with a request that the server answers.");
            if (!hasUrl && hasRequest) parsed.AddError("--url is not given: with --request, name the server that answers it.");
            if (!hasUrl && parsed.GetValue(model) is not null) parsed.AddError("--model is given without --url: the embedded model has its own name. Add --url, or remove it.");
        });
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(url), parsed.GetValue(protocol), parsed.GetRequiredValue(transport), parsed.GetValue(model), parsed.GetValue(requests) ?? [],
            TimeSpan.FromSeconds(parsed.GetRequiredValue(seconds)!.Value), parsed.GetValue(rate), parsed.GetValue(plot), parsed.GetValue(json)));
        return command;
    }

    private static async Task<int> RunAsync(
        string? url, string? protocol, string transport, string? model, string[] requests, TimeSpan budget, int? rate, string? plot, bool json)
    {
        using var stop = new StopSignal();
        EmbeddedModel? embedded = null;
        try
        {
            BenchTarget? target;
            if (url is null)
            {
                embedded = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, stop.Token, EmbeddedCost).ConfigureAwait(false);
                target = BenchTarget.Embedded(embedded, protocol ?? DialectList.All[0].Protocol, transport);
            }
            else
            {
                if (RunCommand.ReadConfiguration() is not { } configuration) return ExitCode.Usage;
                Dictionary<string, string?> options = new()
                {
                    [transport == BenchTarget.Grpc ? "MODEL_GRPC_URL" : "MODEL_REST_URL"] = url,
                    ["SELDON_TRANSPORT"] = transport,
                    ["SELDON_PROTOCOL"] = protocol,
                    ["MODEL_NAME"] = model,
                };
                Dictionary<string, string> givenAs = new() { ["MODEL_NAME"] = "--model" };
                (target, var problems) = await BenchTarget.AtAsync(configuration, options, givenAs, requests, stop.Token).ConfigureAwait(false);
                if (target is null) return RunCommand.Refuse(problems);
            }
            var run = new BenchRun(target, budget, rate, TimeProvider.System);
            var work = Task.Run(() => run.RunAsync(stop.Token), CancellationToken.None);
            if (!json) await BenchDisplay.ShowProgressAsync(work, run, TimeProvider.System).ConfigureAwait(false);
            var report = await work.ConfigureAwait(false);
            var plots = Plot(plot, report, out var unplotted);
            if (json) BenchDisplay.ShowJson(report, plots);
            else BenchDisplay.ShowEnd(report, plots);
            if (!report.Batch.MayMerge) await Console.Error.WriteLineAsync(report.Batch.Text).ConfigureAwait(false);
            if (unplotted is not null) await Console.Error.WriteLineAsync(unplotted).ConfigureAwait(false);
            return report.Batch.MayMerge && report.Advice is not null && unplotted is null ? ExitCode.Success : ExitCode.Failure;
        }
        catch (BenchException obstacle)
        {
            await Console.Error.WriteLineAsync(obstacle.Message).ConfigureAwait(false);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped before the measurement was over.").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        finally
        {
            if (embedded is not null) await embedded.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The files of the plot; what was measured is not lost if it cannot be drawn.</summary>
    private static IReadOnlyList<string> Plot(string? path, BenchReport report, out string? problem)
    {
        problem = null;
        try
        {
            return path is null ? [] : BenchPlot.Save(path, report);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            problem = $"--plot is '{path}', which cannot be written ({unwritable.Message.TrimEnd('.')}): name a folder that is there and that you may write to.";
        }
        catch (Exception missing) when (missing is TypeInitializationException or DllNotFoundException)
        {
            problem = $"--plot is '{path}', but the library that draws does not run on this machine: leave it out, and use --json.";
        }
        return [];
    }
}
