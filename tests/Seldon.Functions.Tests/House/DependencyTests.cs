using System.Text;

namespace Seldon.Functions.Tests.House;

/// <summary>Who may know what (invariant 8 of docs/architecture.md), read from the sources themselves.</summary>
public class DependencyTests
{
    public static readonly TheoryData<string, string[]> Knowledge = new()
    {
        // what stands in a source file, and the folders that may hold it
        { "Confluent.Kafka", ["functions/Seldon.Functions.Kafka/"] },
        { "Microsoft.Azure.Functions", ["functions/Seldon.Functions.App/"] },
        { "\"/v1/models", ["functions/Seldon.Functions/Protocols/", "functions/Seldon.Functions.Demo/"] },
        { "tensorflow.serving.", ["functions/Seldon.Functions/Protocols/", "functions/Seldon.Functions.Demo/"] },
        { "\"/v2/", ["functions/Seldon.Functions/Protocols/", "functions/Seldon.Functions.Demo/"] },
        { "seldon.protos.", ["functions/Seldon.Functions/Protocols/", "functions/Seldon.Functions.Demo/"] },
        { "inference.", ["functions/Seldon.Functions/Protocols/", "functions/Seldon.Functions.Demo/"] },
        { "\"proto-name\"", ["functions/Seldon.Functions/Records/HeaderNames.cs", "functions/Seldon.Functions.Demo/"] },
        { "\"seldon-puid\"", ["functions/Seldon.Functions/Records/HeaderNames.cs", "functions/Seldon.Functions.Demo/"] },
        { "\"seldon-source", ["functions/Seldon.Functions/Records/HeaderNames.cs", "functions/Seldon.Functions.Demo/"] },
        { "\"seldon-error-", ["functions/Seldon.Functions/Records/HeaderNames.cs", "functions/Seldon.Functions.Demo/"] },
        { "using Grpc.", ["functions/Seldon.Functions/Models/Grpc/", "functions/Seldon.Functions/Protocols/", "functions/Seldon.Functions.Demo/"] },
        { "using OpenTelemetry", ["functions/Seldon.Functions.Standalone/"] },
        { "\"traceparent\"", ["functions/Seldon.Functions/Records/HeaderNames.cs"] },
        { "\"messaging.", ["functions/Seldon.Functions/Telemetry/"] },
        { "using System.Net.Http", ["functions/Seldon.Functions/Models/Rest/", "functions/Seldon.Functions.Demo/"] },
    };

    [Theory, MemberData(nameof(Knowledge))]
    public void WireKnowledge_StandsOnlyWhereItBelongs(string text, string[] rooms)
    {
        var places = Sources("functions").Where(s => !IsComment(s) && s.Line.Contains(text, StringComparison.Ordinal)).Select(s => s.Path).Distinct().ToList();

        Assert.DoesNotContain(places, p => !rooms.Any(r => p.StartsWith(r, StringComparison.Ordinal)));
    }

    [Fact]
    public void TheEngineKnowsItsWireAtAll_SoThatTheRuleAboveLooksAtSomething()
    {
        var sources = Sources("functions").ToList();

        foreach (var text in new[] { "/v1/models", "tensorflow.serving.PredictionService", "seldon.protos.", "inference.", "\"/v2/", "\"proto-name\"", "using Grpc." })
            Assert.Contains(sources, s => s.Line.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public void EverySourceFile_IsUtf8WithoutMark_UnixLines_AndEndsWithANewline()
    {
        var files = Files("functions").Concat(Files("tests")).ToList();

        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            Assert.True(bytes.Length == 0 || bytes[^1] == (byte)'\n', $"{file} does not end with a newline.");
            Assert.False(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble), $"{file} starts with a byte order mark.");
            Assert.False(bytes.AsSpan().Contains((byte)'\r'), $"{file} has carriage returns.");
        }
    }

    private static bool IsComment((string Path, string Line) source) => source.Line.TrimStart().StartsWith("//", StringComparison.Ordinal);

    private static IEnumerable<(string Path, string Line)> Sources(string folder) =>
        Files(folder).SelectMany(f => File.ReadLines(f).Select(l => (Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'), l)));

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));
}
