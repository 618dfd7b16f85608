using System.CommandLine;
using System.CommandLine.Completions;

namespace Seldon.Functions.Standalone.Completion;

/// <summary>The words that a command line may have: of one command, or, without a name, of the program itself.</summary>
/// <param name="Name">Empty for the program: its values are the commands.</param>
/// <param name="Values">What may stand there without an option.</param>
internal sealed record CommandWords(string Name, string Text, IReadOnlyList<OptionWords> Options, IReadOnlyList<string> Values)
{
    private const int MostText = 100;

    /// <summary>The program first, then its commands.</summary>
    public static IReadOnlyList<CommandWords> Of(RootCommand root) =>
        [new("", "", OptionsOf(root, root), [.. root.Subcommands.Select(c => c.Name)]), .. root.Subcommands.Select(c => Of(root, c))];

    private static CommandWords Of(RootCommand root, Command command) =>
        new(command.Name, Short(command.Description), OptionsOf(root, command), [.. command.Arguments.SelectMany(a => Labels(a.GetCompletions(CompletionContext.Empty)))]);

    /// <summary>Help is every command's.</summary>
    private static IReadOnlyList<OptionWords> OptionsOf(RootCommand root, Command command) =>
    [
        .. command.Options.Concat(command == root ? [] : root.Options.Where(o => o.Recursive)).Select(option => new OptionWords(
            option.Name, Short(option.Description), option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool), option.Arity.MaximumNumberOfValues > 1,
            option.ValueType == typeof(bool) ? [] : Labels(option.GetCompletions(CompletionContext.Empty)))),
    ];

    private static List<string> Labels(IEnumerable<CompletionItem> items) => [.. items.Select(i => i.Label)];

    /// <summary>The first sentence in one line, without what shells would take for their own.</summary>
    private static string Short(string? description)
    {
        var text = string.Join(' ', (description ?? "").Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
        var end = text.IndexOfAny(['.', ':', ',', ';']);
        if (end > 0 && (end + 1 == text.Length || text[end + 1] == ' ')) text = text[..end];
        return new string([.. text.Take(MostText).Where(c => !"'\"`$\\[]:".Contains(c, StringComparison.Ordinal))]);
    }
}

/// <summary>An option.</summary>
/// <param name="TakesValue">Whether a value follows it.</param>
/// <param name="IsRepeated">Whether it may stand there several times.</param>
/// <param name="Values">The values that it may have; none where any value, such as a file, is right.</param>
internal sealed record OptionWords(string Name, string Text, bool TakesValue, bool IsRepeated, IReadOnlyList<string> Values);
