using System.Text.Json;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Infra;

/// <summary>A Dockerfile, and the house rules for it. What it does not know it reports.</summary>
internal sealed partial class Dockerfile
{
    private static readonly HashSet<string> Known = ["ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "ENTRYPOINT", "CMD", "STOPSIGNAL", "LABEL"];

    private readonly List<(string Name, string Value)> _instructions;
    private readonly Dictionary<string, string> _arguments;
    private readonly List<string> _stages;

    public Dockerfile(string text)
    {
        var lines = Continuation().Replace(string.Join('\n', text.Split('\n').Where(l => !l.TrimStart().StartsWith('#'))), " ");
        _instructions = [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(l => l.Split(' ', 2) is [var name, var value] ? (name, value.Trim()) : (l, ""))];
        _arguments = Of("ARG").Select(a => a.Split('=', 2)).Where(a => a.Length == 2).ToDictionary(a => a[0], a => a[1]);
        _stages = [.. Of("FROM").Select(f => f.Split(" AS ") is [_, var stage] ? stage.Trim() : "")];
    }

    /// <summary>Variables of the last stage.</summary>
    public Dictionary<string, string> Variables => Last("ENV").SelectMany(e => e.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v.Length == 2 ? v[1] : "");

    /// <summary>Labels of the last stage.</summary>
    public Dictionary<string, string> Labels => Last("LABEL").SelectMany(l => Label().Matches(l)).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value);

    /// <summary>What the build copies before it restores packages.</summary>
    public IReadOnlyList<string> CopiedBeforeRestore =>
        [.. _instructions.TakeWhile(i => !i.Value.Contains("dotnet restore", StringComparison.Ordinal)).Where(i => i.Name == "COPY").SelectMany(i => i.Value.Split(' ')[..^1])];

    /// <summary>The image that is built in, with its platform.</summary>
    public string BuildImage => Of("FROM").First();

    public IEnumerable<string> Runs => Of("RUN");

    public string? User => Last("USER").LastOrDefault();

    public string? Port => Last("EXPOSE").LastOrDefault();

    /// <summary>What a stop sends to the process.</summary>
    public string StopSignal => Last("STOPSIGNAL").LastOrDefault() ?? "SIGTERM";

    public string[] Command => [.. Words("ENTRYPOINT"), .. Words("CMD")];

    /// <summary>Every rule that is broken.</summary>
    public IReadOnlyList<string> Problems() =>
    [
        .. _instructions.Where(i => !Known.Contains(i.Name)).Select(i => $"{i.Name}: not known here"),
        .. _stages.Count >= 2 ? [] : (string[])["FROM: one stage only, so the SDK goes out with the app"],
        .. Of("FROM").Select(f => Resolve(f.Split(' ').First(w => !w.StartsWith("--", StringComparison.Ordinal)))).Where(i => !Pinned().IsMatch(i)).Select(i => $"FROM {i}: no tag, or a moving one"),
        .. Of("COPY").Select(c => From().Match(c)).Where(m => m.Success && !_stages.Contains(m.Groups["stage"].Value)).Select(m => $"COPY --from={m.Groups["stage"].Value}: no such stage"),
        .. Last("COPY").Where(c => !From().IsMatch(c)).Select(c => $"COPY {c}: the last stage takes what was built, nothing else"),
        .. User is { } user && NumericUser().IsMatch(user) ? [] : (string[])[$"USER {User}: must be numbers and not root, so that Kubernetes can see it"],
        .. ushort.TryParse(Port, out var port) && port >= 1024 ? [] : (string[])[$"EXPOSE {Port}: needs rights"],
        .. Words("ENTRYPOINT") is [var first, ..] && !first.EndsWith("sh", StringComparison.Ordinal) ? [] : (string[])["ENTRYPOINT: not the process itself, so SIGTERM does not arrive"],
        .. Last("CMD").Where(c => !c.StartsWith('[')).Select(c => $"CMD {c}: a shell would be started"),
    ];

    private IEnumerable<string> Of(string name) => _instructions.Where(i => i.Name == name).Select(i => i.Value);

    private IEnumerable<string> Last(string name) => _instructions.Skip(_instructions.FindLastIndex(i => i.Name == "FROM")).Where(i => i.Name == name).Select(i => i.Value);

    private string[] Words(string name) => Last(name).LastOrDefault() is { } text && text.StartsWith('[') ? JsonSerializer.Deserialize<string[]>(text)! : [];

    private string Resolve(string image) => Variable().Replace(image, v => _arguments.GetValueOrDefault(v.Groups["name"].Value, ""));

    [GeneratedRegex("(?<name>[a-z.]+)=\"(?<value>[^\"]*)\"")]
    private static partial Regex Label();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^[^\s:]+:(?!latest)[\w.-]*\d[\w.-]*$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"--from=(?<stage>\S+)")]
    private static partial Regex From();

    [GeneratedRegex(@"^[1-9]\d*(:[1-9]\d*)?$")]
    private static partial Regex NumericUser();

    [GeneratedRegex(@"\$\{(?<name>\w+)\}")]
    private static partial Regex Variable();
}
