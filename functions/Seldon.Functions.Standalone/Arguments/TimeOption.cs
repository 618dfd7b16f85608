using System.CommandLine;
using System.Globalization;

namespace Seldon.Functions.Standalone.Arguments;

/// <summary>Options that take a time or a duration.</summary>
internal static class TimeOption
{
    /// <summary>A time, or a duration back from now.</summary>
    public static Option<DateTimeOffset?> Since(string name, string description) => new(name)
    {
        Description = $"{description}: a time such as 2026-05-01T12:00Z, or a duration such as 90s, 30m, 2h or 7d.",
        CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            if (Duration(text) is { } ago) return TimeProvider.System.GetUtcNow() - ago;
            if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
            argument.AddError($"{name} is '{text}': use a time such as 2026-05-01T12:00Z, or a duration such as 90s, 30m, 2h or 7d.");
            return null;
        },
    };

    /// <summary>A duration.</summary>
    public static Option<TimeSpan?> Length(string name, string description) => new(name)
    {
        Description = $"{description}, such as 90s or 2m.",
        CustomParser = argument =>
        {
            if (Duration(argument.Tokens[0].Value) is { } length) return length;
            argument.AddError($"{name} is '{argument.Tokens[0].Value}': use a duration such as 90s, 30m or 2h.");
            return null;
        },
    };

    private static TimeSpan? Duration(string text) =>
        text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && UnitOf(text[^1]) is { } unit
            && number * unit.TotalDays < 36_500
            ? number * unit
            : null;

    private static TimeSpan? UnitOf(char unit) => unit switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        _ => null,
    };
}
