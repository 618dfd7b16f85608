using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Seldon.Functions.App;

namespace Seldon.Functions.Tests.Infra;

/// <summary>The house rules of infra/, checked without any tool; and that each check sees what it is there for.</summary>
public class TemplateTests
{
    [Fact]
    public void EveryParameterAndOutput_IsDescribed() => Assert.Empty(Template.OfTheRepository.Undescribed());

    [Fact]
    public void EveryFile_IsReferenced() => Assert.Empty(Template.OfTheRepository.Unreferenced());

    [Fact]
    public void EveryName_IsMadeInOneFile() => Assert.Empty(Template.OfTheRepository.NamedInPlace());

    [Theory]
    [InlineData("modules/storage.bicep", "@description('Region.')\nparam location", "param location", "modules/storage.bicep: location")]
    [InlineData("main.bicep", "@description('Topic for the results.')\n", "@description('')\n", "main.bicep: outputTopic")]
    [InlineData("main.bicep", "@description('Region of the resources.')\n", "", "main.bicep: AZURE_LOCATION")]
    public void ParameterWithoutDescription_IsFound(string file, string text, string other, string found)
    {
        using var copy = new InfraCopy();
        copy.Edit(file, text, other);

        Assert.Equal([found], copy.Template.Undescribed());
    }

    [Fact]
    public void ModuleThatNothingRefersTo_IsFound()
    {
        using var copy = new InfraCopy();
        File.Copy(Path.Combine(copy.Folder, "modules", "storage.bicep"), Path.Combine(copy.Folder, "modules", "archive.bicep"));

        Assert.Equal(["modules/archive.bicep"], copy.Template.Unreferenced());
    }

    [Fact]
    public void NameMadeUpInPlace_IsFound()
    {
        using var copy = new InfraCopy();
        copy.Edit("modules/identity.bicep", "  name: name\n", "  name: 'id-${location}'\n");

        Assert.Equal(["modules/identity.bicep: identity"], copy.Template.NamedInPlace());
    }

    [Fact]
    public void FunctionOfTheTemplate_IsTheApps() => Assert.Contains(
        $"var functionName = '{typeof(InferenceFunction).GetMethod(nameof(InferenceFunction.RunAsync))!.GetCustomAttribute<FunctionAttribute>()!.Name}'",
        File.ReadAllText(Path.Combine(Template.OfTheRepository.Folder, "names.bicep")), StringComparison.Ordinal);

    /// <summary>azd writes outputs into its environment, where the parameters are read from at the next deployment.</summary>
    [Fact]
    public void NoOutput_ComesBackAsAParameter() => Assert.Equal(
        ["AZURE_LOCATION"], Template.OfTheRepository.Outputs().Intersect(Template.OfTheRepository.VariablesOf("main.bicepparam")));

    [Fact]
    public void VariablesOfAzd_AreTheProductsSettings()
    {
        var asked = new AskedSettings([new("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")]);
        asked.Read();

        var variables = Template.OfTheRepository.VariablesOf("main.bicepparam");

        Assert.Contains("MODEL_NAME", variables);
        Assert.Empty(variables.Except([.. asked.Names, "AZURE_ENV_NAME", "AZURE_LOCATION"]));
    }
}
