using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Infra;

/// <summary>The Bicep files of a folder, as text: what can be said of them without their compiler.</summary>
internal sealed partial class Template(string folder)
{
    public static Template OfTheRepository { get; } = new(Path.Combine(Repository.Root, "infra"));

    public string Folder => folder;

    /// <summary>Parameters and outputs without a description that is a sentence, as file and name.</summary>
    public IReadOnlyList<string> Undescribed() =>
    [
        .. from file in Files()
           from block in File.ReadAllText(file).Split("\n\n")
           from declaration in Declaration().Matches(block)
           where declaration.Index > 0 && block[..declaration.Index].Contains("\nparam ", StringComparison.Ordinal) || !Description().IsMatch(block)
           select $"{Name(file)}: {declaration.Groups["name"].Value}",
    ];

    /// <summary>Files that main.bicep leads to neither by a module nor by an import.</summary>
    public IReadOnlyList<string> Unreferenced()
    {
        var reached = new HashSet<string>();
        Reach(Path.Combine(folder, "main.bicep"));
        return [.. Files().Except(reached).Select(Name)];

        void Reach(string file)
        {
            if (!reached.Add(file)) return;
            foreach (Match reference in Reference().Matches(File.ReadAllText(file)))
                Reach(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, reference.Groups["path"].Value)));
        }
    }

    /// <summary>Resources whose name is made up where they are, not in names.bicep, as file and resource. Children are within their parents.</summary>
    public IReadOnlyList<string> NamedInPlace() =>
    [
        .. from file in Files()
           from resource in Resource().Matches(File.ReadAllText(file))
           where !GivenName().IsMatch(resource.Groups["value"].Value)
           select $"{Name(file)}: {resource.Groups["name"].Value}",
    ];

    /// <summary>Environment variables that a parameter file reads.</summary>
    public IReadOnlyList<string> VariablesOf(string parameterFile) =>
        [.. Variable().Matches(File.ReadAllText(Path.Combine(folder, parameterFile))).Select(v => v.Groups["name"].Value)];

    public IReadOnlyList<string> Outputs() =>
        [.. Declaration().Matches(File.ReadAllText(Path.Combine(folder, "main.bicep"))).Where(d => d.Groups["kind"].Value == "output").Select(d => d.Groups["name"].Value)];

    public IEnumerable<string> Environments() => Directory.EnumerateFiles(folder, "*.bicepparam").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    private IEnumerable<string> Files() => Directory.EnumerateFiles(folder, "*.bicep", SearchOption.AllDirectories).Select(Path.GetFullPath).Order(StringComparer.Ordinal);

    private string Name(string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');

    [GeneratedRegex(@"^(?<kind>param|output) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^@description\('.{3,}\.'\)$", RegexOptions.Multiline)]
    private static partial Regex Description();

    [GeneratedRegex(@"^(?:module \w+|import .* from) '(?<path>[^']+\.bicep)'", RegexOptions.Multiline)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^resource (?<name>\w+) '[^']+' = (?:if \(.*\) )?\{\n  name: (?<value>.*)$", RegexOptions.Multiline)]
    private static partial Regex Resource();

    [GeneratedRegex(@"^(?:\w+|names\.\w+|guid\(.*\))$")]
    private static partial Regex GivenName();

    [GeneratedRegex(@"readEnvironmentVariable\('(?<name>\w+)'")]
    private static partial Regex Variable();
}
