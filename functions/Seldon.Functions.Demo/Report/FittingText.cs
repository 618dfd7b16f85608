namespace Seldon.Functions.Demo.Report;

/// <summary>Text for a width that is given.</summary>
internal static class FittingText
{
    /// <summary>The text cut to the width, which its last character then says.</summary>
    public static string Cut(string text, int width) => text.Length <= width ? text : width < 1 ? "" : $"{text[..(width - 1)]}…";
}
