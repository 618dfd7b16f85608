namespace Seldon.Functions.Demo.Model;

/// <summary>Numbers that look random and are the same in every run: each is a function of where it stands.</summary>
internal static class Chance
{
    /// <summary>A value whose every bit depends on every bit of the given one.</summary>
    public static ulong Mix(ulong value)
    {
        for (var round = 0; round < 3; round++)
        {
            value = (value + 0x9E3779B97F4A7C15) * 0xD1B54A32D192ED03;
            value ^= value >> 31;
        }
        return value;
    }

    /// <summary>At least 0 and less than 1.</summary>
    public static double Uniform(ulong place) => (Mix(place) >> 11) * (1.0 / (1L << 53));

    /// <summary>Of the normal distribution with mean 0 and deviation 1, by the method of Box and Muller.</summary>
    public static double Normal(ulong place)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(2 * place)));
        return radius * Math.Cos(2 * Math.PI * Uniform(2 * place + 1));
    }
}
