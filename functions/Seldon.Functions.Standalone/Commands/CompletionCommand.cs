using System.CommandLine;
using Seldon.Functions.Standalone.Completion;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions completion</c>: prints what makes a shell complete this program's commands, options and values.</summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, Func<IReadOnlyList<CommandWords>, string>> Scripts = new()
    {
        ["bash"] = BashScript.Of,
        ["zsh"] = ZshScript.Of,
        ["fish"] = FishScript.Of,
        ["pwsh"] = PwshScript.Of,
    };

    private const string Description = """
        Print a script that makes a shell complete commands, options and values. Load it from the shell's start file.
        bash: source <(seldon-functions completion bash). zsh: source <(seldon-functions completion zsh), after compinit.
        fish: seldon-functions completion fish | source. pwsh: seldon-functions completion pwsh | Out-String | Invoke-Expression.
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = $"{string.Join(", ", Scripts.Keys)}." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", Description) { shell };
        command.SetAction(parsed => Console.Write(Scripts[parsed.GetRequiredValue(shell)](CommandWords.Of((RootCommand)parsed.RootCommandResult.Command))));
        return command;
    }
}
