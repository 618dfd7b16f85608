namespace Seldon.Functions.Kafka.Lanes;

/// <summary>
/// Bounds the records that were read and are not yet acknowledged, in number and in bytes. Every partition has an equal
/// share, so that one whose records wait for a model leaves the others theirs.
/// </summary>
internal sealed class Window(int records, long bytes) : IDisposable
{
    private readonly ManualResetEventSlim _released = new();
    private int _lanes = 1;

    /// <summary>How many partitions share the window.</summary>
    public int Lanes { set => Volatile.Write(ref _lanes, Math.Max(1, value)); }

    private int RecordShare => Math.Max(1, records / Volatile.Read(ref _lanes));

    private long ByteShare => bytes / Volatile.Read(ref _lanes);

    /// <summary>Whether one more record fits beside those of its partition. One that is larger than the share passes alone.</summary>
    public bool Fits(int count, long laneBytes, long size) =>
        count == 0 || (count < RecordShare && laneBytes + size <= ByteShare);

    /// <summary>Whether half of a partition's share is free, so that it is worth while to read it again after a pause.</summary>
    public bool IsHalfFree(int count, long laneBytes) => count <= RecordShare / 2 && laneBytes <= ByteShare / 2;

    /// <summary>A record has been acknowledged.</summary>
    public void SignalRelease() => _released.Set();

    /// <summary>Blocks until a record of any partition is acknowledged, or the time is over.</summary>
    public void WaitForRelease(TimeSpan longest)
    {
        _released.Reset();
        _released.Wait(longest);
    }

    public void Dispose() => _released.Dispose();
}
