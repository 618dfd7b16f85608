using System.Text;
using CsCheck;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>Whatever the graph is, it is read as it was written; whatever the bytes are, they are a graph or a problem.</summary>
public class ManifestProperties
{
    private const int Seconds = 8;

    private static readonly (string, string?)[] Settings = [("KAFKA_BROKER", "b:1"), ("KAFKA_INPUT_TOPIC", "in"), ("KAFKA_OUTPUT_TOPIC", "out"), ("SELDON_TRANSPORT", "auto")];

    /// <summary>Pieces that matter to a parser or to a reader.</summary>
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ": ", "- ", "\n", "\t", "'", "\"", "&a ", "*a", "<<: ", "# ", "|", ">", "!!", "%", "---\n", "...\n", "?", "\0", "\u0085", "\u2028", "\ufeff", "😀", "null", "~", "0", "-1", "1e9", "true",
        "name", "graph: ", "children: ", "type: ", "methods: ", "endpoint: ", "kind: List\nitems:\n", "spec: ", "env: ", "\\ud800", "\\x", "$(A)", "  ",
    ];

    private static Action<string> Output => TestContext.Current.TestOutputHelper!.WriteLine;

    [Fact]
    public void AnyManifest_IsTheSameAfterYamlAndAfterJson() => AnyManifest.Any.Sample(
        graph =>
        {
            AssertSame(graph, ManifestFile.Read(AnyManifest.ToYaml(graph), Settings));
            AssertSame(graph, ManifestFile.ReadPredictor(AnyManifest.ToJson(graph), Settings));
        },
        Output, time: Seconds, threads: 2, print: AnyManifest.ToYaml);

    [Fact]
    public void AnyDamage_IsAGraphOrAProblem()
    {
        var manifests = new[] { SampleManifest.Cifar10, SampleManifest.Around("{name: c0, type: COMBINER, children: [{name: c1}, {name: r, implementation: RANDOM_ABTEST, children: [{name: c2}, {name: c3}]}]}") };
        var changes = Gen.Select(Gen.Int[0, 2000], Gen.Int[0, 30], Gen.OneOf(Gen.OneOf(Pieces).Select(Encoding.UTF8.GetBytes), Gen.Byte.Array[0, 3])).List[1, 6];

        Gen.Select(Gen.OneOf(manifests), Gen.OneOf(AnyManifest.Any.Select(AnyManifest.ToYaml), Gen.Const("")), changes, (manifest, graph, change) => Damage(graph.Length > 0 ? graph : manifest, change))
            .Sample(Read, Output, time: Seconds, threads: 2, print: b => Encoding.UTF8.GetString(b));
    }

    /// <summary>A graph or a problem, from a file or from base64.</summary>
    private static void Read(byte[] bytes)
    {
        using var file = new ManifestFile(bytes);
        foreach (var settings in new[] { file.Read(Settings), ManifestFile.ReadSettings([("ENGINE_PREDICTOR", Convert.ToBase64String(bytes)), .. Settings]) })
        {
            Assert.True(settings.Graph is not null || settings.Problems.Count > 0);
            Assert.All(settings.Problems, p => Assert.InRange(p.Length, 10, 3000));
            Assert.All(settings.Problems, p => Assert.DoesNotContain("   at ", p, StringComparison.Ordinal));
        }
    }

    private static byte[] Damage(string text, List<(int Place, int Length, byte[] Instead)> changes)
    {
        var bytes = Encoding.UTF8.GetBytes(text).ToList();
        foreach (var (place, length, instead) in changes)
        {
            var at = place % (bytes.Count + 1);
            bytes.RemoveRange(at, Math.Min(length, bytes.Count - at));
            bytes.InsertRange(at, instead);
        }
        return [.. bytes];
    }

    private static void AssertSame(GraphNode expected, ProcessorSettings read)
    {
        Assert.Empty(read.Problems);
        AssertSame(expected, read.Graph!.Root);
        Assert.Equal(expected is { Methods: NodeMethods.Predict, BuiltIn: BuiltIn.None, Children: [] }, read.Engine.Routes[0].Graph is null);
    }

    private static void AssertSame(GraphNode expected, GraphNode actual)
    {
        Assert.Equal(expected with { Children = [] }, actual with { Children = [] });
        Assert.Equal(expected.Children.Count, actual.Children.Count);
        foreach (var (one, other) in expected.Children.Zip(actual.Children)) AssertSame(one, other);
    }
}
