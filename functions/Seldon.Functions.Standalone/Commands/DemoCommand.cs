using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Kafka.Consuming;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Hosting;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions demo</c>: the whole path on this machine alone, with an embedded broker and an embedded model.</summary>
internal static class DemoCommand
{
    private const int MostRecords = 200_000;
    private const string All = "all";
    private const string Both = "both";

    public static Command Create()
    {
        var records = WholeNumber.Option("--records", $"How many records to send, from 1 to {MostRecords}.", MostRecords);
        records.DefaultValueFactory = _ => 600;
        var protocol = new Option<string>("--protocol") { Description = "Which protocols' requests to send.", DefaultValueFactory = _ => All };
        protocol.AcceptOnlyFromAmong([All, .. DialectList.All.Select(d => d.Protocol).Distinct()]);
        var transport = new Option<string>("--transport") { Description = "Over which transports.", DefaultValueFactory = _ => Both };
        transport.AcceptOnlyFromAmong(Both, Dialect.NameOf(Transport.Rest), Dialect.NameOf(Transport.Grpc));
        var httpPort = WholeNumber.Option("--http-port", "Serve /metrics, /health/live and /health/ready on this port meanwhile.", ushort.MaxValue);
        var json = new Option<bool>("--json") { Description = "Print one JSON object with the figures, and nothing else, on standard output." };

        var command = new Command("demo", "Send records through an embedded broker and model, and show what becomes of each. Exit codes: 0 all accounted for, 1 not, 2 wrong usage.")
        {
            protocol, transport, records, httpPort, json,
        };
        command.SetAction((parsed, _) => RunAsync(
            Among(parsed.GetValue(protocol)!, parsed.GetValue(transport)!), parsed.GetRequiredValue(records)!.Value, parsed.GetValue(httpPort), parsed.GetValue(json)));
        return command;
    }

    private static IReadOnlyList<Dialect> Among(string protocol, string transport) =>
        [.. DialectList.All.Where(d => (protocol == All || protocol == d.Protocol) && (transport == Both || transport == d.TransportName))];

    private static async Task<int> RunAsync(IReadOnlyList<Dialect> dialects, int records, int? httpPort, bool json)
    {
        using var stop = new StopSignal();
        using var figures = new DemoFigures();
        WebApplication? endpoints = null;
        var display = json ? null : new DemoDisplay(TimeProvider.System);
        try
        {
            var report = await new DemoRun(dialects, records, ServeAsync, figures, display, TimeProvider.System).RunAsync(stop.Token).ConfigureAwait(false);
            if (json) await Console.Out.WriteLineAsync(report.ToJson()).ConfigureAwait(false);
            else DemoDisplay.ShowEnd(report);
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
        finally
        {
            if (endpoints is not null) await endpoints.DisposeAsync().ConfigureAwait(false);
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
