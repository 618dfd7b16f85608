using System.CommandLine;
using System.Globalization;

namespace Seldon.Functions.Standalone.Arguments;

/// <summary>Options that take a whole number.</summary>
internal static class WholeNumber
{
    /// <summary>An option that is null where it is not given; whatever else is no number from least to most is refused by name.</summary>
    public static Option<int?> Option(string name, string description, int most = int.MaxValue) => new(name)
    {
        Description = description,
        // A validator would meet what is no number only as an exception.
        CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            if (ProblemOf(name, text, most) is not { } problem) return int.Parse(text, CultureInfo.InvariantCulture);
            argument.AddError(problem);
            return null;
        },
    };

    /// <summary>What is wrong with an option's value; null if nothing.</summary>
    public static string? ProblemOf(string name, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? null : $"{name} is '{text}': use a whole number from 1 to {most}.";
}
