using System.Text;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>
/// A terminal with lines at its end that change, below everything else that is written to it: they are taken away before a line of the log, and
/// written again after it.
/// </summary>
internal sealed class LiveScreen(TextWriter terminal) : TextWriter
{
    private readonly Lock _lock = new();
    private IReadOnlyList<string> _lines = [];
    private bool _isInLine;

    public override Encoding Encoding => terminal.Encoding;

    /// <summary>Shows these lines instead of those before; none of them may be wider than the terminal.</summary>
    public void Show(IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            var text = Erased();
            _lines = lines;
            Draw(text);
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        lock (_lock)
        {
            var text = Erased().Append(value);
            _isInLine = value[^1] != '\n';
            Draw(text);
        }
    }

    public override void WriteLine(string? value) => Write(value + Environment.NewLine);

    public override void Flush() => terminal.Flush();

    /// <summary>What takes the lines away. ECMA-48: CPL moves to the beginning of a line above, ED erases all from there.</summary>
    private StringBuilder Erased()
    {
        var text = new StringBuilder();
        return _lines.Count > 0 && !_isInLine ? text.Append("\e[").Append(_lines.Count).Append("F\e[J") : text;
    }

    /// <summary>Writes the text, and the lines after it where a line begins.</summary>
    private void Draw(StringBuilder text)
    {
        if (!_isInLine)
        {
            foreach (var line in _lines) text.Append(line).Append('\n');
        }
        terminal.Write(text);
        terminal.Flush();
    }
}
