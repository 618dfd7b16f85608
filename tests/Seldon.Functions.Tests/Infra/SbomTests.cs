using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Seldon.Functions.Tests.Infra;

/// <summary>The bill of materials that <c>.ci/run</c> makes: CycloneDX, with all packages of the program.</summary>
public class SbomTests
{
    private static readonly string Sbom = Path.Combine(Repository.Root, "artifacts", "seldon-functions.cdx.json");

    [Fact]
    public void Sbom_NamesTheProgramAndItsPackagesWithVersionHashAndLicence()
    {
        Assert.SkipUnless(File.Exists(Sbom), "There is no bill of materials; .ci/run makes one.");
        var sbom = JsonNode.Parse(File.ReadAllText(Sbom))!;

        Assert.Equal("CycloneDX", (string)sbom["bomFormat"]!);
        Assert.StartsWith("urn:uuid:", (string)sbom["serialNumber"]!, StringComparison.Ordinal);
        var program = sbom["metadata"]!["component"]!;
        Assert.Equal(("seldon-functions", VersionIn("Directory.Build.props", "Version")), ((string)program["name"]!, (string)program["version"]!));
        var components = sbom["components"]!.AsArray().ToDictionary(c => (string)c!["name"]!, c => c!);
        var central = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(p => p.Attribute("Include")!.Value, p => p.Attribute("Version")!.Value);
        Assert.Equal(central["Confluent.Kafka"], (string)components["librdkafka.redist"]["version"]!);
        Assert.All(components, c =>
        {
            Assert.Equal($"pkg:nuget/{c.Key}@{(string)c.Value["version"]!}", (string)c.Value["purl"]!);
            Assert.NotEmpty((string)c.Value["hashes"]![0]!["content"]!);
            Assert.NotEmpty(c.Value["licenses"]!.AsArray());
            if (central.TryGetValue(c.Key, out var version)) Assert.Equal(version, (string)c.Value["version"]!);
        });
        Assert.DoesNotContain("Microsoft.CodeAnalysis.BannedApiAnalyzers", components.Keys);
        var references = components.Values.Select(c => (string)c["bom-ref"]!).Append((string)program["bom-ref"]!).ToHashSet();
        Assert.All(sbom["dependencies"]!.AsArray(), d => Assert.Contains((string)d!["ref"]!, references));
    }

    private static string VersionIn(string file, string element) => XDocument.Load(Path.Combine(Repository.Root, file)).Descendants(element).Single().Value;
}
