using System.Text;

namespace Seldon.Functions.Standalone.Completion;

/// <summary>Completion for PowerShell.</summary>
internal static class PwshScript
{
    public static string Of(IReadOnlyList<CommandWords> commands)
    {
        var script = new StringBuilder();
        script.Append("""
            # seldon-functions completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName seldon-functions -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $words = @{

            """);
        foreach (var command in commands) script.Append($"        '{command.Name}' = {List(command.Values.Concat(command.Options.Select(o => o.Name)))}\n");
        script.Append("    }\n    $values = @{\n");
        foreach (var (command, option) in commands.SelectMany(c => c.Options.Where(o => o.TakesValue).Select(o => (c, o))))
            script.Append($"        '{command.Name} {option.Name}' = {List(option.Values)}\n");
        script.Append("""
                }
                $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { "$_" })
                $command = "$($before | Select-Object -Skip 1 | Where-Object { $_ -and $words.ContainsKey($_) } | Select-Object -First 1)"
                $key = "$command $($before[-1])"
                $offered = if ($values.ContainsKey($key)) { $values[$key] } else { $words[$command] }
                $offered | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }

            """);
        return script.ToString();
    }

    private static string List(IEnumerable<string> words) => $"@({string.Join(", ", words.Select(w => $"'{w}'"))})";
}
