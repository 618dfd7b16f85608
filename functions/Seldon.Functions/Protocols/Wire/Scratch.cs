namespace Seldon.Functions.Protocols.Wire;

/// <summary>A list that each thread keeps for what it reads at the moment, so that reading a request allocates none.</summary>
internal static class Scratch<T>
{
    [ThreadStatic]
    private static List<T>? _list;

    /// <summary>This thread's list, empty. It is the reader's until another one takes it.</summary>
    public static List<T> Take()
    {
        var list = _list ??= [];
        list.Clear();
        return list;
    }
}
