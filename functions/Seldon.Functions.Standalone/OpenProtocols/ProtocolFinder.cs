using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Standalone.OpenProtocols;

/// <summary>
/// Settings whose protocols are found out where they are left out: the servers of each such route are asked the question of every
/// protocol. The one that they speak then holds as if it were set.
/// </summary>
internal sealed class ProtocolFinder
{
    private readonly IReadOnlyDictionary<string, string>? _givenAs;
    private readonly TimeProvider _time;

    public ProtocolFinder(IConfiguration configuration, TimeProvider time, IReadOnlyDictionary<string, string>? givenAs = null)
    {
        (Configuration, _time, _givenAs) = (configuration, time, givenAs);
        Settings = ProcessorSettings.ReadOpen(configuration, givenAs);
        // With mistakes in them nobody can be asked.
        Open = Settings.Problems.Count > 0 ? [] : [.. Settings.Engine.Routes.Where(r => r.OpenProtocol is not null).Select(r => new OpenRoute(r, r.OpenProtocol!))];
    }

    /// <summary>The settings after their servers were asked once, and what was found; null if that was cancelled.</summary>
    public static async Task<(ProtocolFinder Finder, IReadOnlyList<FoundProtocol> Found)?> TryAskAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        var finder = new ProtocolFinder(configuration, TimeProvider.System);
        try
        {
            return (finder, await finder.AskAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>All settings with what was found out.</summary>
    public IConfiguration Configuration { get; private set; }

    /// <summary>What they say; not all of it while routes are open.</summary>
    public ProcessorSettings Settings { get; private set; }

    /// <summary>The routes whose protocol is not known.</summary>
    public IReadOnlyList<OpenRoute> Open { get; private set; }

    /// <summary>Asks the servers of all open routes once.</summary>
    /// <returns>What was found.</returns>
    public async Task<IReadOnlyList<FoundProtocol>> AskAsync(CancellationToken cancellationToken)
    {
        if (Open.Count == 0) return [];
        var answers = await Task.WhenAll(Open.Select(o => o.AskAsync(_time, cancellationToken))).ConfigureAwait(false);
        var found = answers.Select(a => a.Found).OfType<FoundProtocol>().ToList();
        Open = [.. answers.Where(a => a.Found is null).Select(a => a.Route)];
        if (found.Count == 0) return found;

        Configuration = new ConfigurationBuilder().AddConfiguration(Configuration).Add(new FoundProtocols(found.ToDictionary(f => f.Setting, f => f.Protocol))).Build();
        Settings = ProcessorSettings.ReadOpen(Configuration, _givenAs);
        return found;
    }
}
