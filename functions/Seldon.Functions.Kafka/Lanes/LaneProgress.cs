using System.Collections.Concurrent;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Lanes;

/// <summary>
/// How far a partition has come: what of it was read, is in flight, and is acknowledged. One thread reads and one acknowledges;
/// anybody may look.
/// </summary>
internal sealed class LaneProgress
{
    private readonly ConcurrentQueue<long> _timestamps = new();
    private int _count;
    private long _bytes;
    private long _position = -1;
    private long _beginning = -1;
    private long _end = -1;

    /// <summary>
    /// The offset to commit: one more than that of the last record of an unbroken row of acknowledged ones, or the partition's end when all
    /// that was read is acknowledged; -1 if there is none.
    /// </summary>
    public long Position => _timestamps.IsEmpty && Begun is >= 0 and var begun && Volatile.Read(ref _end) is var end && end > begun ? end : Acknowledged;

    /// <summary>The offset of the first record that is not yet acknowledged, read or not; -1 if it is not known.</summary>
    public long Next => Position is >= 0 and var position ? position : Volatile.Read(ref _beginning);

    /// <summary>Records in flight: taken and not yet acknowledged.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of these records.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The earliest timestamp of a record that was read and is not yet acknowledged; null if there is none.</summary>
    public long? OldestTimestamp
    {
        get
        {
            long? oldest = null;
            foreach (var timestamp in _timestamps) oldest = Math.Min(timestamp, oldest ?? timestamp);
            return oldest;
        }
    }

    /// <summary>The group's committed offset, as long as nothing was read here that says better.</summary>
    public void BeginsAt(long offset) => Interlocked.CompareExchange(ref _beginning, offset, -1);

    /// <summary>
    /// The reader has come to the partition's end. The end is further than the last record and one more where marks of transactions
    /// follow, which are no records: without this, the group would seem to lag behind by them.
    /// </summary>
    public void EndsAt(long offset) => Volatile.Write(ref _end, offset);

    /// <summary>A record was read.</summary>
    public void OnRead(Record record)
    {
        // The end that was reached may be committed already: from here on it counts as acknowledged, or the position would go back.
        if (Position is var position && position > Acknowledged) Volatile.Write(ref _position, position);
        if (Acknowledged < 0 && _timestamps.IsEmpty) Volatile.Write(ref _beginning, record.Offset);
        _timestamps.Enqueue(record.Timestamp);
    }

    /// <summary>It is in flight.</summary>
    public void OnTaken(long size)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _bytes, size);
    }

    /// <summary>It, and all before it, is acknowledged.</summary>
    public void OnAcknowledged(Record record)
    {
        var size = record.Size;
        Volatile.Write(ref _position, record.Offset + 1);
        _timestamps.TryDequeue(out _);
        Interlocked.Decrement(ref _count);
        Interlocked.Add(ref _bytes, -size);
    }

    private long Acknowledged => Volatile.Read(ref _position);

    private long Begun => Acknowledged is >= 0 and var acknowledged ? acknowledged : Volatile.Read(ref _beginning);
}
