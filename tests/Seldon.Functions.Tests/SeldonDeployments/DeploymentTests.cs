using System.Text.RegularExpressions;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>
/// SeldonDeployments of every kind that Seldon's documentation shows, each in a file whose first lines say with which settings it is read,
/// and what it must come to: the graph that runs and what of the manifest has no effect, or why it is refused.
/// </summary>
public sealed partial class DeploymentTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests/Seldon.Functions.Tests/SeldonDeployments/Deployments");

    public static TheoryData<string> Files { get; } = new(Directory.EnumerateFiles(Folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Files))]
    public void Deployment_RunsOrIsRefusedAsItSays(string file)
    {
        var path = Path.Combine(Folder, $"{file}.yaml");
        var lines = File.ReadAllLines(path);
        var settings = Said("with").SelectMany(l => l.Split(' ')).Select(s => s.Split('=', 2)).Select(s => (s[0], (string?)s[1]));

        var read = ManifestFile.ReadSettings([("SELDON_DEPLOYMENT", path), .. settings]);

        Assert.Equal(file.StartsWith("refused-", StringComparison.Ordinal), read.Problems.Count > 0);
        Assert.Equal(Said("refused").Count(), read.Problems.Count);
        Assert.All(Said("refused"), reason => Assert.Contains(read.Problems, p => p.Contains(reason, StringComparison.Ordinal)));
        if (read.Problems.Count > 0) return;
        Assert.Equal(Assert.Single(Said("runs")), Describe(read.Graph!.Root));
        Assert.Equal(
            Said("not honoured").SelectMany(l => l.Split(", ")).Order(StringComparer.Ordinal),
            read.Graph.NotHonoured.Select(n => Place().Replace(n.Feature, "")).Distinct().Order(StringComparer.Ordinal));

        IEnumerable<string> Said(string what) => lines.Where(l => l.StartsWith($"# {what}: ", StringComparison.Ordinal)).Select(l => l[(what.Length + 4)..]);
    }

    [Fact]
    public void ThereAreThirtyAtLeast() => Assert.InRange(Files.Count, 30, int.MaxValue);

    private static string Describe(GraphNode node)
    {
        string?[] parts = [node.Name, .. node.Methods.Each().Select(WordOf), node.BuiltIn == BuiltIn.None ? null : WordOf(node.BuiltIn), node.RestUrl?.ToString(), node.GrpcUrl is { } grpc ? $"gRPC {grpc}" : null];
        var own = string.Join(' ', parts.Where(p => p is not null));
        return node.Children.Count == 0 ? own : $"{own} ({string.Join(", ", node.Children.Select(Describe))})";
    }

    private static string WordOf(NodeMethods method) => method switch
    {
        NodeMethods.TransformInput => "transform-input",
        NodeMethods.TransformOutput => "transform-output",
        _ => $"{method}".ToLowerInvariant(),
    };

    private static string WordOf(BuiltIn builtIn) => builtIn switch
    {
        BuiltIn.RandomAbTest => "RANDOM_ABTEST",
        BuiltIn.SimpleModel => "SIMPLE_MODEL",
        _ => "SIMPLE_ROUTER",
    };

    /// <summary>Where in the manifest the feature is.</summary>
    [GeneratedRegex(" (of|in methods of) (the|a|svcOrchSpec|spec)\\b.*$")]
    private static partial Regex Place();
}
