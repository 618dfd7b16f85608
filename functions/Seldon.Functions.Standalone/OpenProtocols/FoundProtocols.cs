using Microsoft.Extensions.Configuration;

namespace Seldon.Functions.Standalone.OpenProtocols;

/// <summary>Protocols that servers have named, as settings: they come from nowhere else.</summary>
internal sealed class FoundProtocols(IReadOnlyDictionary<string, string> protocols) : ConfigurationProvider, IConfigurationSource
{
    /// <summary>Where these settings come from, for a person.</summary>
    public const string Origin = "found by asking";

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        foreach (var (setting, protocol) in protocols) Data[setting] = protocol;
    }
}
