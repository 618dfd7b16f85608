using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions demo</c>: the whole path on this machine alone, with an embedded broker and an embedded model.</summary>
internal static class DemoCommand
{
    private const int MostRecords = 200_000;
    private const int AtOnce = 600;
    private const int UsualRate = 100;
    private const int UsualSeconds = 10;
    private const string All = "all";
    private const string Both = "both";

    private const string Description = """
        Send records through an embedded broker and model, and show what becomes of each: at a steady rate, with an outage of the model in the middle, and a
        redrive of the dead letters at the end. With --records, or with --json alone, all at once and without either, as fast as they are answered.
        Exit codes: 0 all accounted for, 1 not, or stopped, 2 wrong usage.
        """;

    public static Command Create()
    {
        var records = WholeNumber.Option("--records", $"Send so many at once; {AtOnce} with --json alone.", MostRecords);
        var rate = WholeNumber.Option("--rate", $"How many records a second to send, {UsualRate} by default.", MostRecords);
        var seconds = WholeNumber.Option("--seconds", $"How long to send them, {UsualSeconds} by default.", MostRecords);
        var noOutage = new Option<bool>("--no-outage") { Description = "Leave the model server alone." };
        var protocol = new Option<string>("--protocol") { Description = "Which protocols' requests to send.", DefaultValueFactory = _ => All };
        protocol.AcceptOnlyFromAmong([All, .. DialectList.All.Select(d => d.Protocol).Distinct()]);
        var transport = new Option<string>("--transport") { Description = "Over which transports.", DefaultValueFactory = _ => Both };
        transport.AcceptOnlyFromAmong(Both, Dialect.NameOf(Transport.Rest), Dialect.NameOf(Transport.Grpc));
        var httpPort = WholeNumber.Option("--http-port", "Serve /metrics, /health/live and /health/ready on this port meanwhile.", ushort.MaxValue);
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };

        var command = new Command("demo", Description) { protocol, transport, rate, seconds, noOutage, records, httpPort, json };
        records.Validators.Add(given =>
        {
            var others = ((Option[])[rate, seconds, noOutage]).Where(o => given.GetResult(o) is { Implicit: false }).Select(o => o.Name).ToList();
            if (others.Count == 0) return;
            given.AddError($"--records is given with {string.Join(", ", others)}: records are sent all at once, or at a rate. Leave one out.");
            // After an error the value is not looked at any more.
            if (given.Tokens is [var number] && WholeNumber.ProblemOf(records.Name, number.Value, MostRecords) is { } problem) given.AddError(problem);
        });
        command.Validators.Add(parsed =>
        {
            if (PlanOf(NumberOf(parsed, rate), NumberOf(parsed, seconds), hasOutage: false) is null)
                parsed.AddError($"--rate times --seconds is more than {MostRecords} records: give a smaller one.");
        });
        command.SetAction((parsed, _) =>
        {
            var isAtOnce = IsGiven(parsed.CommandResult, records)
                || (parsed.GetValue(json) && !((Option[])[rate, seconds, noOutage]).Any(option => IsGiven(parsed.CommandResult, option)));
            var plan = isAtOnce ? new DemoPlan(parsed.GetValue(records) ?? AtOnce) : PlanOf(parsed.GetValue(rate), parsed.GetValue(seconds), !parsed.GetValue(noOutage))!;
            return RunAsync(Among(parsed.GetValue(protocol)!, parsed.GetValue(transport)!), plan, parsed.GetValue(httpPort), parsed.GetValue(json));
        });
        return command;
    }

    /// <summary>Null if these are too many records.</summary>
    private static DemoPlan? PlanOf(int? rate, int? seconds, bool hasOutage) =>
        (long)(rate ?? UsualRate) * (seconds ?? UsualSeconds) is <= MostRecords and var records ? new DemoPlan((int)records, rate ?? UsualRate, hasOutage) : null;

    private static bool IsGiven(CommandResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    /// <summary>Null if the option is not given, or is no number, which the option says itself.</summary>
    private static int? NumberOf(CommandResult parsed, Option option) =>
        parsed.GetResult(option)?.Tokens is [{ } token] && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static IReadOnlyList<Dialect> Among(string protocol, string transport) =>
        [.. DialectList.All.Where(d => (protocol == All || protocol == d.Protocol) && (transport == Both || transport == d.TransportName))];

    private static async Task<int> RunAsync(IReadOnlyList<Dialect> dialects, DemoPlan plan, int? httpPort, bool json)
    {
        using var stop = new StopSignal();
        using var figures = new DemoFigures();
        using var lines = new PipedLines();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        WebApplication? endpoints = null;
        var display = json ? null : new DemoDisplay(WriteLine, Page.Width, !Console.IsOutputRedirected, TimeProvider.System);
        try
        {
            display?.Show("Starting a Kafka broker and a model server inside this process.");
            var report = await new DemoRun(dialects, plan, ServeAsync, figures, display, TimeProvider.System).RunAsync(over.Token).ConfigureAwait(false);
            if (json) await Console.Out.WriteLineAsync(report.ToJson()).ConfigureAwait(false);
            else display!.ShowEnd(report);
            return report.IsSound ? ExitCode.Success : ExitCode.Failure;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped before the demo was over.").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Nobody reads on.
            return ExitCode.Success;
        }
#pragma warning disable CA1031 // Whatever it is, a person who tries the demo is told in one line.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"The demo failed: {failure.GetType().Name}: {failure.Message}").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        finally
        {
            if (endpoints is not null) await endpoints.DisposeAsync().ConfigureAwait(false);
        }

        void WriteLine(string line)
        {
            if (!lines.TryWrite(line)) over.Cancel();
        }

        async Task ServeAsync(StreamStatus status)
        {
            if (httpPort is null) return;
            var builder = HttpEndpoints.CreateBuilder(httpPort.Value);
            builder.Services.AddSingleton(status).AddSingleton<IHostLifetime, OwnersLifetime>().AddOpenTelemetry(builder.Configuration, isScraped: true);
            endpoints = HttpEndpoints.Build(builder);
            await endpoints.StartAsync().ConfigureAwait(false);
        }
    }
}
