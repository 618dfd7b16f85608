using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;
using Seldon.Functions.Standalone.OpenProtocols;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions run</c>, or with the flags of Seldon's executor: processes the topics until SIGTERM or Ctrl+C.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    public static Command Create()
    {
        var command = new Command(Name, "Process the topics that the settings name, until SIGTERM or Ctrl+C. Exit codes: 0 stopped, 1 failed, 2 wrong settings.");
        var config = SettingsFile.Option();
        command.Add(config);
        command.SetAction((parsed, _) => RunAsync(null, parsed.GetValue(config)));
        return command;
    }

    /// <param name="flags">The command line of Seldon's executor; null for that of <c>run</c>.</param>
    /// <param name="config">The file with settings; null for the usual one.</param>
    internal static async Task<int> RunAsync(ExecutorFlags? flags, string? config = null)
    {
        using var stop = new StopSignal();
        if (ReadConfiguration(config) is not { } configuration) return ExitCode.Usage;

        if (flags is not null) configuration = flags.Over(configuration);
        var finder = new ProtocolFinder(configuration, TimeProvider.System, flags?.GivenAs);
        IReadOnlyList<string> problems =
            [.. flags?.Problems ?? [], .. finder.Settings.Problems, .. StreamProcessor.Check(finder.Settings.Kafka), .. LogSettings.Check(configuration)];
        if (problems.Count > 0) return Refuse(problems);

        using var screen = LiveTable.TryOpen();
        // The console's logger takes what is there when it is made.
        if (screen is not null) Console.SetOut(screen);
        using var loggers = LogSettings.TryCreate(configuration, out var refusal);
        if (loggers is null) return Refuse([refusal!]);
        var logger = loggers.CreateLogger("Seldon.Functions");
        var settings = finder.Settings;
        try
        {
            if (finder.Open.Count > 0)
            {
                await LearnProtocolsAsync(finder, logger, stop.Token).ConfigureAwait(false);
                (configuration, settings) = (finder.Configuration, finder.Settings);
                problems = [.. finder.Open.Select(o => $"{o}"), .. settings.Problems];
                if (problems.Count > 0) return Refuse(problems);
            }
            foreach (var warning in (flags?.Warnings ?? []).Concat(settings.Warnings)) Log.SettingWithoutEffect(logger, warning);
            var host = ProcessorHost.Build(configuration, settings, loggers, screen);
            await using var _ = ((IAsyncDisposable)host).ConfigureAwait(false);
            var processing = host.Services.GetRequiredService<ProcessorService>();
            await host.StartAsync(stop.Token).ConfigureAwait(false);
            if (settings.HttpPort is { } port) Log.Answering(logger, port);
            await host.WaitForShutdownAsync(stop.Token).ConfigureAwait(false);
            await processing.Completion.ConfigureAwait(false);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // Before it had started.
            return ExitCode.Success;
        }
        catch (DeliveryRefusedException refused)
        {
            return Refuse([refused.Message]);
        }
        catch (SocketException unbound) when (unbound.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            return Refuse([$"SELDON_HTTP_ADDRESS is '{settings.HttpAddress}', which is no address of this machine: use another, or leave it out for all."]);
        }
        catch (Exception unbound) when (unbound is IOException { InnerException: AddressInUseException } or SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            var why = unbound is IOException ? "another process has" : "this process may not open";
            return Refuse([$"SELDON_HTTP_PORT is '{settings.HttpPort}', a port that {why}: use another, or leave it out for none."]);
        }
#pragma warning disable CA1031 // The last place where a defect can be said before the process ends.
        catch (Exception defect)
#pragma warning restore CA1031
        {
            Log.Ended(logger, defect);
            return ExitCode.Failure;
        }
    }

    /// <summary>While servers are waited for, health checks are answered: a restart would not help.</summary>
    private static async Task LearnProtocolsAsync(ProtocolFinder finder, ILogger logger, CancellationToken cancellationToken)
    {
        var wait = new ProtocolWait(finder, logger, TimeProvider.System);
        if (!await wait.AskAsync(cancellationToken).ConfigureAwait(false)) return;
        if (finder.Settings.HttpPort is not { } port)
        {
            await wait.UntilKnownAsync(cancellationToken).ConfigureAwait(false);
            return;
        }
        var endpoints = HttpEndpoints.BuildNotReady(port, finder.Settings.HttpAddress, () => wait.Why);
        await using var _ = endpoints.ConfigureAwait(false);
        await endpoints.StartAsync(cancellationToken).ConfigureAwait(false);
        await wait.UntilKnownAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The file, or appsettings.json in the current folder if there is one, and the environment, which wins.</summary>
    internal static IConfiguration? ReadConfiguration(string? file = null)
    {
        if (file is not null && !File.Exists(file))
        {
            Refuse([$"--config is '{file}', which is not there: name a file with settings."]);
            return null;
        }
        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(Directory.GetCurrentDirectory())
                .AddJsonFile(file is null ? SettingsFile.Default : Path.GetFullPath(file), optional: true)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (InvalidDataException broken)
        {
            Refuse([$"{file ?? SettingsFile.Default} cannot be read: {broken.GetBaseException().Message}"]);
            return null;
        }
    }

    internal static int Refuse(IReadOnlyList<string> problems)
    {
        Console.Error.WriteLine(problems.Count == 1 ? "The settings have a problem:" : $"The settings have {problems.Count} problems:");
        foreach (var problem in problems) Console.Error.WriteLine($"  {problem}");
        return ExitCode.Usage;
    }
}
