using System.Text;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Where text is shown: how wide it is, and whether it has colours. In a pipe no line is broken.</summary>
internal static class Page
{
    private const int Unbroken = int.MaxValue;
    private const int Narrowest = 20;

    public static int Width => Console.IsOutputRedirected ? Unbroken : Math.Max(Narrowest, AnsiConsole.Profile.Width);

    /// <summary>Writes a word in a colour, where there are any.</summary>
    public static void Write(string word, Color color)
    {
        if (Console.IsOutputRedirected) Console.Write(word);
        else AnsiConsole.Write(new Text(word, new Style(color)));
    }

    /// <summary>The text in lines of this width, broken at spaces where there are any; all but the first are indented.</summary>
    /// <param name="taken">How many columns of the first line are taken.</param>
    public static string Wrap(string text, int width, int taken, int indent)
    {
        if (width == Unbroken || taken + text.Length <= width) return text;
        var (lines, room) = (new StringBuilder(), Math.Max(1, width - taken));
        while (text.Length > room)
        {
            var space = text.LastIndexOf(' ', room);
            var end = space > 0 ? space : room;
            lines.Append(text.AsSpan(0, end)).Append('\n').Append(' ', indent);
            (text, room) = (text[end..].TrimStart(), Math.Max(1, width - indent));
        }
        return lines.Append(text).ToString();
    }
}
