using YamlDotNet.Core;

namespace Seldon.Functions.Tests.Infra;

/// <summary>What azd reads first: it must lead to the template and to the app.</summary>
public class AzureYamlTests
{
    [Fact]
    public void Infra_IsTheTemplateAndItsParameters()
    {
        var infra = AzureYaml.Read().Infra;

        Assert.Equal("bicep", infra.Provider);
        Assert.True(File.Exists(Path.Combine(Repository.Root, infra.Path, $"{infra.Module}.bicep")));
        Assert.True(File.Exists(Path.Combine(Repository.Root, infra.Path, $"{infra.Module}.bicepparam")));
    }

    [Fact]
    public void Service_IsTheFunctionsApp()
    {
        var yaml = AzureYaml.Read();
        var service = Assert.Single(yaml.Services).Value;

        Assert.Equal("seldon-functions", yaml.Name);
        Assert.Equal(("dotnet", "function"), (service.Language, service.Host));
        var project = Assert.Single(Directory.EnumerateFiles(Path.Combine(Repository.Root, service.Project), "*.csproj"));
        Assert.Contains("<AzureFunctionsVersion>v4</AzureFunctionsVersion>", File.ReadAllText(project), StringComparison.Ordinal);
    }

    [Fact]
    public void MisspeltKey_IsAnError() =>
        Assert.Contains("projekt", Assert.Throws<YamlException>(() => AzureYaml.Parse("name: x\nservices:\n  a:\n    projekt: y\n")).Message, StringComparison.Ordinal);
}
