using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Seldon.Functions.Tests.Infra;

/// <summary>azure.yaml as far as we use it; anything else in it is an error.</summary>
internal sealed class AzureYaml
{
    public string Name { get; init; } = "";

    public InfraSection Infra { get; init; } = new();

    public Dictionary<string, Service> Services { get; init; } = [];

    public static AzureYaml Read() => Parse(File.ReadAllText(Path.Combine(Repository.Root, "azure.yaml")));

    public static AzureYaml Parse(string text) => new DeserializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<AzureYaml>(text);

    internal sealed class InfraSection
    {
        public string Provider { get; init; } = "";

        public string Path { get; init; } = "";

        public string Module { get; init; } = "";
    }

    internal sealed class Service
    {
        public string Project { get; init; } = "";

        public string Language { get; init; } = "";

        public string Host { get; init; } = "";
    }
}
