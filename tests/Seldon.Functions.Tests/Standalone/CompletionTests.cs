using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Commands;
using Seldon.Functions.Standalone.Completion;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The command <c>completion</c>: its scripts, in the shells that they are for.</summary>
public class CompletionTests
{
    /// <summary>What is typed, the last word of it incomplete, and what is offered, in any order.</summary>
    public static readonly TheoryData<string, string> Lines = new()
    {
        { "de", "demo" },
        { "re", "redrive" },
        { "demo --s", "--seconds" },
        { "demo --protocol t", "tensorflow" },
        { "demo --rate 5 --transport ", "both grpc rest" },
        { "peek e", "errors" },
        { "redrive --reason invalid-", "invalid-answer invalid-json invalid-protobuf" },
        { "completion f", "fish" },
    };

    [Theory, MemberData(nameof(Lines))]
    public async Task Bash_OffersWhatFits(string line, string offered)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash here.");
        Assert.Equal(Sorted(offered), Sorted(await RunAsync("/bin/bash", "bash", ["-c",
            "source \"$0\"; COMP_WORDS=(seldon-functions \"$@\"); COMP_CWORD=$#; _seldon_functions; echo \"${COMPREPLY[*]}\"", Script, .. line.Split(' ')])));
    }

    [Theory, MemberData(nameof(Lines))]
    public async Task Fish_OffersWhatFits(string line, string offered)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fish"), "There is no fish here.");
        var lines = await RunAsync("/usr/bin/fish", "fish", "-c", $"source $argv[1]; complete -C 'seldon-functions {line}'", Script);
        Assert.Equal(Sorted(offered), Sorted(string.Join(' ', lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0]))));
    }

    /// <summary>zsh completes in its line editor only: it must take the script, and have it for the program.</summary>
    [Fact]
    public async Task Zsh_TakesTheScript()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "There is no zsh here.");
        Assert.Equal("_seldon_functions", (await RunAsync("/usr/bin/zsh", "zsh", "-f", "-c", "autoload -U compinit; compinit -u -D; source $1; print $_comps[seldon-functions]", "zsh", Script)).Trim());
    }

    [Theory, MemberData(nameof(Lines))]
    public async Task Pwsh_OffersWhatFits(string line, string offered)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pwsh"), "There is no pwsh here.");
        Assert.Equal(Sorted(offered), Sorted(await RunAsync("/usr/bin/pwsh", "pwsh", "-NoProfile", "-Command",
            $"Get-Content -Raw {Script} | Invoke-Expression; $line = 'seldon-functions {line}'; ([System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches | ForEach-Object CompletionText) -join ' '")));
    }

    [Fact]
    public void Words_AreThoseOfTheCommands()
    {
        var root = CommandLine.Create();
        var words = CommandWords.Of(root);

        Assert.Equal(root.Subcommands.Select(c => c.Name), words[0].Values);
        foreach (var (command, listed) in root.Subcommands.Zip(words.Skip(1)))
            Assert.Equal(command.Options.Select(o => o.Name).Append("--help"), listed.Options.Select(o => o.Name));
        Assert.Equal(Enum.GetValues<RejectionReason>().Select(r => r.ToWire()).Order(StringComparer.Ordinal), Option(words, "redrive", "--reason").Values.Order(StringComparer.Ordinal));
        Assert.Equal((true, true, false), (Option(words, "redrive", "--reason").IsRepeated, Option(words, "demo", "--rate").TakesValue, Option(words, "demo", "--json").TakesValue));
    }

    [Fact]
    public async Task OtherShell_ExitCode2AndTheKnownOnes()
    {
        using var completion = await HostProcess.RunAsync(new Dictionary<string, string?>(), "completion", "tcsh");

        Assert.Equal((2, ""), (completion.ExitCode, completion.Output));
        Assert.All((string[])["bash", "zsh", "fish", "pwsh"], s => Assert.Contains($"'{s}'", completion.Errors, StringComparison.Ordinal));
    }

    private const string Script = "SCRIPT";

    private static OptionWords Option(IReadOnlyList<CommandWords> words, string command, string option) => words.Single(w => w.Name == command).Options.Single(o => o.Name == option);

    /// <summary>What a shell prints; the script for it stands where the arguments say.</summary>
    private static async Task<string> RunAsync(string program, string shell, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("completion-");
        try
        {
            var script = Path.Combine(folder.FullName, "script");
            using (var completion = await HostProcess.RunAsync(new Dictionary<string, string?>(), "completion", shell))
            {
                Assert.Equal((0, ""), (completion.ExitCode, completion.Errors));
                await File.WriteAllTextAsync(script, completion.Output, TestContext.Current.CancellationToken);
            }
            using var run = HostProcess.Start(program, arguments.Select(a => a.Replace(Script, script, StringComparison.Ordinal)), [new("HOME", folder.FullName)], folder.FullName);
            Assert.Equal(0, await run.ExitCodeAsync());
            Assert.Equal("", run.Errors);
            return run.Output;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string[] Sorted(string words) => [.. words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
}
