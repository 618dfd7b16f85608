using Microsoft.Extensions.Configuration;
using Seldon.Functions.App;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.Tests.Infra;

/// <summary>Settings that remember what was asked for.</summary>
internal sealed class AskedSettings : ConfigurationProvider, IConfigurationSource
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="variables">As environment variables: two underscores stand for a colon.</param>
    public AskedSettings(IEnumerable<KeyValuePair<string, string>> variables)
    {
        foreach (var (name, value) in variables) Data[name.Replace("__", ":", StringComparison.Ordinal)] = value;
    }

    /// <summary>What was asked for, as environment variables.</summary>
    public IEnumerable<string> Names => _names.Select(n => n.Replace(":", "__", StringComparison.Ordinal));

    public ProcessorSettings Read() => FunctionsAppSettings.Read(new ConfigurationBuilder().Add(this).Build()).Processor;

    public override bool TryGet(string key, out string? value)
    {
        _names.Add(key);
        return base.TryGet(key, out value);
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
