using System.Globalization;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>The seed of the generated records: another one in every run, unless SELDON_FUZZ_SEED asks for the one that a failure printed.</summary>
internal static class Seed
{
    public static int OfThisRun() =>
        int.TryParse(Environment.GetEnvironmentVariable("SELDON_FUZZ_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount;
}
