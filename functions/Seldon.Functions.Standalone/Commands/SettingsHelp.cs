using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Reference;

namespace Seldon.Functions.Standalone.Commands;

/// <summary>The usual help; below that of <c>run</c>, all settings.</summary>
internal sealed class SettingsHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const int Indent = 4;

    /// <summary>Adds the settings to the help of a program.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new SettingsHelp((HelpAction)help.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command.Name != RunCommand.Name) return code;
        Console.WriteLine($"Settings, in the environment or in {SettingsFile.Default}. docs/settings.md says more; 'settings' shows which hold.");
        foreach (var section in SettingsReference.All.GroupBy(s => s.Section))
        {
            Console.WriteLine($"\n{section.Key}:");
            foreach (var setting in section)
            {
                Console.WriteLine($"  {setting.Name}");
                var otherwise = setting.Default.Length == 0 ? "" : setting.IsRequired ? $" [{setting.Default}]" : $" [default: {setting.Default}]";
                var text = $"{setting.Meaning}{otherwise}".Trim();
                if (text.Length > 0) Console.WriteLine(new string(' ', Indent) + Page.Wrap(text, Page.Width, Indent, Indent));
            }
        }
        return code;
    }
}
