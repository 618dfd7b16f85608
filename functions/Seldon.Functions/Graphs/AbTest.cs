namespace Seldon.Functions.Graphs;

/// <summary>
/// The choice of <c>RANDOM_ABTEST</c>. It is drawn from the record's id, not anew each time: a record that is delivered again takes the
/// way that it took before, so that its two answers are the same.
/// </summary>
internal static class AbTest
{
    /// <summary>0 with the probability <paramref name="ratioA"/>, else 1.</summary>
    /// <param name="id">The record's <c>seldon-puid</c>.</param>
    /// <param name="node">The node's name, so that the choices of several nodes have nothing to do with each other.</param>
    public static int Choose(ReadOnlySpan<byte> id, string node, double ratioA)
    {
        // FNV-1a over both, and the finalizer of MurmurHash3, which spreads what FNV leaves in the low bits.
        var hash = 14695981039346656037UL;
        foreach (var b in id) hash = (hash ^ b) * 1099511628211UL;
        foreach (var c in node) hash = (hash ^ c) * 1099511628211UL;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdUL;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53UL;
        hash ^= hash >> 33;
        return (hash >> 11) * (1.0 / (1UL << 53)) < ratioA ? 0 : 1;
    }
}
