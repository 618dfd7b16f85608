using System.Text;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>Files that no manifest should be: each is a problem in words, and none is an exception or takes long.</summary>
public class ManifestGuardTests
{
    [Fact]
    public void TenMegabytes_AreTooLarge() =>
        Assert.Contains("which has more than 2097152 bytes: name the manifest of one SeldonDeployment", One(SampleManifest.Cifar10 + new string('#', 10_000_000)), StringComparison.Ordinal);

    [Fact]
    public void AsLargeAsIsAllowed_IsRead() =>
        Assert.Empty(ManifestFile.Read(SampleManifest.Cifar10 + new string('#', (2 << 20) - SampleManifest.Cifar10.Length)).Problems);

    [Theory]
    [InlineData("[", "]"), InlineData("{a: ", "}"), InlineData("- ", "")]
    public void DeepNesting_IsRefused(string open, string close)
    {
        const int depth = 100_000;
        var text = string.Concat(Enumerable.Repeat(open, depth)) + string.Concat(Enumerable.Repeat(close, depth));

        Assert.Contains("m.yaml:1 is not valid YAML or JSON: It is nested more than 200 levels deep", One(text), StringComparison.Ordinal);
    }

    [Fact]
    public void FiftyLevelsOfNodes_AreRead_AndOneMoreIsNamed()
    {
        Assert.Empty(ManifestFile.ProblemsOf(SampleManifest.Around(Nested(50))));
        Assert.Contains("m.yaml:20 the node 's49' has children, but is the 50th from the top: use at most 50 levels", ManifestFile.ProblemsOf(SampleManifest.Around(Nested(51)))[0], StringComparison.Ordinal);

        static string Nested(int levels) => Enumerable.Range(0, levels).Reverse().Aggregate("", (below, i) =>
            $"{{name: s{i}, implementation: {(below.Length == 0 ? "SIMPLE_MODEL" : "SIMPLE_ROUTER")}{(below.Length == 0 ? "" : $", children: [{below}]")}}}");
    }

    [Fact]
    public void AThousandNodes_AreRead_AndOneMoreIsNamed()
    {
        Assert.Empty(ManifestFile.ProblemsOf(SampleManifest.Around(Wide(999))));
        Assert.Equal(["m.yaml:20 the graph has more than 1000 nodes: use fewer."], ManifestFile.ProblemsOf(SampleManifest.Around(Wide(1000))));

        static string Wide(int children) => $"{{name: s, implementation: SIMPLE_ROUTER, children: [{string.Join(", ", Enumerable.Range(0, children).Select(i => $"{{name: m{i}, implementation: SIMPLE_MODEL}}"))}]}}";
    }

    /// <summary>Ten levels, each of ten times the one before.</summary>
    [Theory]
    [InlineData("graph", "more than 1000 nodes"), InlineData("other", "more than 2000000 values")]
    public void AliasesThatMultiply_AreRefused(string where, string problem)
    {
        var levels = where == "graph" ? 5 : 9;
        var text = new StringBuilder("bomb:\n- &l0 {name: m, implementation: SIMPLE_MODEL}\n");
        for (var i = 1; i <= levels; i++) text.Append($"- &l{i} {{name: r{i}, implementation: SIMPLE_ROUTER, children: [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]}}\n");
        text.Append(SampleManifest.Around($"*l{levels}"));

        Assert.Contains(ManifestFile.ProblemsOf(text.ToString()), p => p.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(""), InlineData("# nothing\n"), InlineData("---\n---\n"), InlineData("null")]
    public void NothingInIt_IsNamed(string text) => Assert.Equal("m.yaml:1 holds no SeldonDeployment: name a file with a document of kind: SeldonDeployment.", One(text));

    [Theory]
    [InlineData("hello"), InlineData("[1, 2]"), InlineData("just: a mapping"), InlineData("{\"a\":1}")]
    public void SomethingElse_IsNamed(string text) => Assert.StartsWith("m.yaml:1 holds no SeldonDeployment, but a document without kind", One(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("a: \"x"), InlineData("a: b: c"), InlineData("%YAML 3.0\n---\na"), InlineData("{\"a\": \"\\ud800\"}"), InlineData("a: *"), InlineData("a: 1\n b: 2"), InlineData("@")]
    public void NoYamlAtAll_IsNamed(string text) => Assert.Matches("^m.yaml:[12] is not valid YAML or JSON: .+: correct it there or just above.$", One(text));

    [Fact]
    public void BytesThatAreNotUtf8_AreNamedWithTheirLine()
    {
        Assert.Equal("m.yaml:2 is not UTF-8 text (byte 8): save it as UTF-8.", One(Encoding.Latin1.GetBytes("a: b\nc: é\n")));
        Assert.StartsWith("m.yaml:1 is not UTF-8 text", One(Encoding.Unicode.GetBytes(SampleManifest.Cifar10)), StringComparison.Ordinal);
        Assert.Equal("m.yaml:2 is not UTF-8 text (byte 5): save it as UTF-8.", One(Encoding.UTF8.GetBytes("a: 1\n\0")));
    }

    [Fact]
    public void MarkOfUtf8AndLinesOfWindows_AreRead() =>
        Assert.Empty(new ManifestFile([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(SampleManifest.Cifar10.Replace("\n", "\r\n", StringComparison.Ordinal))]).ReadAndDelete().Problems);

    [Fact]
    public void Folder_IsNamed() => Assert.Equal(
        $"SELDON_DEPLOYMENT is '{AppContext.BaseDirectory}', which is a folder: name the manifest in it.",
        Assert.Single(ManifestFile.ReadSettings(("SELDON_DEPLOYMENT", AppContext.BaseDirectory)).Problems));

    [Theory]
    [InlineData("!!!!", "ENGINE_PREDICTOR is no base64"), InlineData("e30", "ENGINE_PREDICTOR is no base64"), InlineData("/w==", "ENGINE_PREDICTOR:1 is not UTF-8"), InlineData("W10=", "ENGINE_PREDICTOR:1 holds no predictor")]
    [InlineData("e30=", "ENGINE_PREDICTOR:1 holds no predictor"), InlineData("eyJ", "ENGINE_PREDICTOR is no base64"), InlineData("eyJuYW1lIjo=", "ENGINE_PREDICTOR:1 is not valid YAML or JSON")]
    public void WrongPredictor_IsNamed(string base64, string problem) => Assert.StartsWith(
        problem, Assert.Single(ManifestFile.ReadSettings(("ENGINE_PREDICTOR", base64))!.Problems), StringComparison.Ordinal);

    [Fact]
    public void LargePredictor_IsRefused() => Assert.StartsWith(
        "ENGINE_PREDICTOR stands for more than 2097152 bytes", Assert.Single(ManifestFile.ReadSettings(("ENGINE_PREDICTOR", new string('A', 4_000_000))).Problems), StringComparison.Ordinal);

    [Fact]
    public void MistakesWithoutEnd_AreSaidUpToAHundred()
    {
        var problems = ManifestFile.ProblemsOf(SampleManifest.Around($"{{name: s, implementation: SIMPLE_ROUTER, children: [{string.Join(", ", Enumerable.Range(0, 500).Select(i => $"{{name: m{i}}}"))}]}}"));

        Assert.Equal(101, problems.Count);
        Assert.Equal("m.yaml has 400 more problems: fix these first.", problems[^1]);
    }

    private static string One(string text) => Assert.Single(ManifestFile.ProblemsOf(text));

    private static string One(byte[] bytes)
    {
        using var file = new ManifestFile(bytes);
        return Assert.Single(file.Read().Problems).Replace(file.Path, "m.yaml", StringComparison.Ordinal);
    }
}
