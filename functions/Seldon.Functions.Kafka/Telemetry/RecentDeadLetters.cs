using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Telemetry;

/// <summary>The dead letters of the last hour: their number by reason, and the last few with the place of their record. It holds no payload.</summary>
internal sealed class RecentDeadLetters(TimeProvider time)
{
    private const int Examples = 20;
    private const int Minutes = 60;

    private readonly Lock _lock = new();
    private readonly Queue<RecentDeadLetter> _last = new(Examples);

    // A row of counts for each minute of the hour; a minute that comes round again begins with zeros.
    private readonly (long Minute, long[] Counts)[] _minutes = [.. Enumerable.Range(0, Minutes).Select(_ => (-1L, new long[Enum.GetValues<RejectionReason>().Length]))];

    public void Add(Record record, Rejection rejection)
    {
        var now = time.GetUtcNow();
        var minute = MinuteOf(now);
        lock (_lock)
        {
            if (_last.Count == Examples) _last.Dequeue();
            _last.Enqueue(new RecentDeadLetter(now, record.Topic, record.Partition, record.Offset, rejection.Route, rejection.Reason, rejection.Message));
            ref var row = ref _minutes[minute % Minutes];
            if (row.Minute != minute)
            {
                row.Minute = minute;
                Array.Clear(row.Counts);
            }
            row.Counts[(int)rejection.Reason]++;
        }
    }

    /// <summary>The last dead letters, the newest first.</summary>
    public IReadOnlyList<RecentDeadLetter> Last()
    {
        lock (_lock) return [.. _last.Reverse()];
    }

    /// <summary>How many there were in the last hour, for each reason that occurred.</summary>
    public IReadOnlyList<KeyValuePair<RejectionReason, long>> CountsOfLastHour()
    {
        var oldest = MinuteOf(time.GetUtcNow()) - Minutes;
        lock (_lock)
        {
            return
            [
                .. Enum.GetValues<RejectionReason>().Select(r => KeyValuePair.Create(r, _minutes.Where(m => m.Minute > oldest).Sum(m => m.Counts[(int)r]))).Where(c => c.Value > 0),
            ];
        }
    }

    private static long MinuteOf(DateTimeOffset now) => now.ToUnixTimeSeconds() / 60;
}

/// <summary>A dead letter that the broker has acknowledged.</summary>
/// <param name="At">When.</param>
/// <param name="Route">The route's name; empty if there was none.</param>
/// <param name="Message">The reason in words, as the log has it.</param>
internal sealed record RecentDeadLetter(DateTimeOffset At, string Topic, int Partition, long Offset, string Route, RejectionReason Reason, string Message);
