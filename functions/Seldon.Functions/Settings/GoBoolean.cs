namespace Seldon.Functions.Settings;

/// <summary>Booleans as Go reads them, in which Seldon's executor is written.</summary>
internal static class GoBoolean
{
    /// <summary>Null for what is no boolean.</summary>
    public static bool? Parse(string text) => text.ToUpperInvariant() switch
    {
        "1" or "T" or "TRUE" => true,
        "0" or "F" or "FALSE" => false,
        _ => null,
    };
}
