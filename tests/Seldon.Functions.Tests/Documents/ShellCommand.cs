using System.Text;

namespace Seldon.Functions.Tests.Documents;

/// <summary>A simple command of a shell block.</summary>
/// <param name="Folder">Where it runs, from the root of the repository.</param>
/// <param name="Variables">What is set for it alone.</param>
/// <param name="Words">The command and its arguments, without quotes.</param>
internal sealed record ShellCommand(string Folder, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string> Words)
{
    private const char EndOfCommand = '\n';

    public override string ToString() => string.Join(' ', Words);

    /// <summary>The commands of a block: words, quotes, comments, subshells, and <c>cd</c>.</summary>
    public static List<ShellCommand> Parse(string block)
    {
        var (commands, words, word, quoted) = (new List<ShellCommand>(), new List<string>(), new StringBuilder(), false);
        var folders = new Stack<string>([""]);
        char? quote = null;
        var text = block.Replace("\\\n", " ", StringComparison.Ordinal).Replace("&&", "\n", StringComparison.Ordinal) + EndOfCommand;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quote is not null)
            {
                if (c == quote) quote = null;
                else word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                (quote, quoted) = (c, true);
            }
            else if (c == '#' && word.Length == 0)
            {
                i = text.IndexOf('\n', i) - 1;
            }
            else if (c is ' ' or '\t' or EndOfCommand or ';' or '|' or '(' or ')')
            {
                if (word.Length > 0 || quoted) words.Add(word.ToString());
                word.Clear();
                quoted = false;
                if (c is ' ' or '\t') continue;
                if (words.Count > 0) Add(words);
                words.Clear();
                if (c == '(') folders.Push(folders.Peek());
                if (c == ')') folders.Pop();
            }
            else
            {
                word.Append(c);
            }
        }
        return commands;

        void Add(List<string> all)
        {
            var variables = all.TakeWhile(IsAssignment).Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1]);
            var rest = all.Skip(variables.Count).ToList();
            if (rest is ["cd", var folder]) folders.Push(Path.Combine(folders.Pop(), folder));
            commands.Add(new ShellCommand(folders.Peek(), variables, rest));
        }
    }

    private static bool IsAssignment(string word) => word.Split('=', 2) is [{ Length: > 0 } name, _] && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
