using System.Text;

namespace Seldon.Functions.Standalone.Completion;

/// <summary>Completion for bash, without its package of helpers.</summary>
internal static class BashScript
{
    public static string Of(IReadOnlyList<CommandWords> commands)
    {
        var script = new StringBuilder();
        var names = string.Join('|', commands[0].Values);
        script.Append($$"""
            # source <(seldon-functions completion bash)
            _seldon_functions() {
                local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word
                COMPREPLY=()
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case $word in
                        {{names}}) command=$word; break ;;
                    esac
                done
                case "$command $previous" in

            """);
        foreach (var (command, option) in commands.SelectMany(c => c.Options.Where(o => o.TakesValue).Select(o => (c, o))))
        {
            // Nothing to offer makes bash offer files.
            var reply = option.Values.Count == 0 ? "" : $"COMPREPLY=($(compgen -W '{string.Join(' ', option.Values)}' -- \"$current\")); ";
            script.Append($"        '{command.Name} {option.Name}') {reply}return ;;\n");
        }
        script.Append("    esac\n    case $command in\n");
        foreach (var command in commands)
            script.Append($"        '{command.Name}') COMPREPLY=($(compgen -W '{string.Join(' ', command.Values.Concat(command.Options.Select(o => o.Name)))}' -- \"$current\")) ;;\n");
        script.Append("    esac\n}\ncomplete -o default -F _seldon_functions seldon-functions\n");
        return script.ToString();
    }
}
