using System.Text;

namespace Seldon.Functions.Standalone.Completion;

/// <summary>Completion for zsh.</summary>
internal static class ZshScript
{
    public static string Of(IReadOnlyList<CommandWords> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            #compdef seldon-functions
            # source <(seldon-functions completion zsh), after compinit; or save it as _seldon-functions in a folder of $fpath
            _seldon_functions() {
                local state
                local -a commands
                commands=(

            """);
        foreach (var command in commands.Skip(1)) script.Append($"        '{command.Name}:{command.Text}'\n");
        script.Append($"    )\n    _arguments -C{Options(commands[0])} '1:command:->command' '*::rest:->rest'\n");
        script.Append("    case $state in\n        command) _describe command commands ;;\n        rest) case $words[1] in\n");
        foreach (var command in commands.Skip(1))
        {
            var rest = command.Values.Count == 0 ? "*:file:_files" : $"1:what:({string.Join(' ', command.Values)})";
            script.Append($"            {command.Name}) _arguments{Options(command)} '{rest}' ;;\n");
        }
        script.Append("""
                    esac ;;
                esac
            }
            if [ "$funcstack[1]" = _seldon_functions ]; then _seldon_functions "$@"; else compdef _seldon_functions seldon-functions; fi

            """);
        return script.ToString();
    }

    private static string Options(CommandWords command) => string.Concat(command.Options.Select(option =>
    {
        var value = !option.TakesValue ? "" : option.Values.Count == 0 ? ":value:_files" : $":value:({string.Join(' ', option.Values)})";
        return $" '{(option.IsRepeated ? "*" : "")}{option.Name}[{option.Text}]{value}'";
    }));
}
