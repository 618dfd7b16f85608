using System.Runtime.InteropServices;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>Chance that is the same from the same seed and number, in every process. (SplitMix64.)</summary>
internal sealed class Dice(int seed, long number)
{
    private ulong _state = Mix(((ulong)(uint)seed << 32) ^ (ulong)number);

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>Fewer bytes than this.</summary>
    public byte[] Bytes(int limit)
    {
        var bytes = new byte[Below(limit)];
        var rest = bytes.AsSpan();
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..]) MemoryMarshal.Write(rest, Next());
        for (var i = 0; i < rest.Length; i++) rest[i] = (byte)Next();
        return bytes;
    }

    private ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
