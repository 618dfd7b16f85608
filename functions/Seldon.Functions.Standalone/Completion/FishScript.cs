using System.Text;

namespace Seldon.Functions.Standalone.Completion;

/// <summary>Completion for fish.</summary>
internal static class FishScript
{
    public static string Of(IReadOnlyList<CommandWords> commands)
    {
        var script = new StringBuilder("# seldon-functions completion fish | source\n");
        foreach (var command in commands.Skip(1))
        {
            var isSeen = $"'__fish_seen_subcommand_from {command.Name}'";
            script.Append($"complete -c seldon-functions -f -n __fish_use_subcommand -a {command.Name} -d '{command.Text}'\n");
            if (command.Values.Count > 0) script.Append($"complete -c seldon-functions -f -n {isSeen} -a '{string.Join(' ', command.Values)}'\n");
            foreach (var option in command.Options) script.Append($"complete -c seldon-functions -n {isSeen} {Option(option)}\n");
        }
        foreach (var option in commands[0].Options) script.Append($"complete -c seldon-functions -n __fish_use_subcommand {Option(option)}\n");
        return script.ToString();
    }

    private static string Option(OptionWords option)
    {
        var value = !option.TakesValue ? "" : option.Values.Count == 0 ? "-r -F " : $"-x -a '{string.Join(' ', option.Values)}' ";
        return $"-l {option.Name.TrimStart('-')} {value}-d '{option.Text}'";
    }
}
