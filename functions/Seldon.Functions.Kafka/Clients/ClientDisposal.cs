namespace Seldon.Functions.Kafka.Clients;

/// <summary>
/// Frees Kafka clients. A producer and an admin client have a thread of their own that waits for events and can be woken by nothing else:
/// when the wall clock was set back, it may sleep for hours yet. It is not waited for, and ends with the process.
/// </summary>
internal static class ClientDisposal
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static void Dispose(params IDisposable[] clients) => Task.WaitAny([Begin(clients)], Patience);

    /// <summary>The same without waiting: that thread takes a fifth of a second, which counts at a start.</summary>
    public static Task Begin(params IDisposable[] clients) => Task.Run(() =>
    {
        foreach (var client in clients) client.Dispose();
    });
}
