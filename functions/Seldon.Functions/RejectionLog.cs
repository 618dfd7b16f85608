using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;

namespace Seldon.Functions;

/// <summary>Logs dead letters: ten in a second with a line each, and more of them in one line at its end, by reason.</summary>
internal sealed class RejectionLog : IDisposable
{
    private const int MostLines = 10;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<RejectionReason, long> _more = [];
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _end;
    private long _start;
    private int _lines;

    public RejectionLog(ILogger logger, TimeProvider time)
    {
        (_logger, _time) = (logger, time);
        _end = time.CreateTimer(static state => ((RejectionLog)state!).Sum(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(Record record, Rejection rejection)
    {
        lock (_lock)
        {
            var elapsed = _time.GetElapsedTime(_start);
            if (_lines == 0 || (elapsed >= Window && _more.Count == 0)) (_start, _lines, elapsed) = (_time.GetTimestamp(), 0, TimeSpan.Zero);
            if (_lines == MostLines)
            {
                if (_more.Count == 0) _end.Change(Window - elapsed, Timeout.InfiniteTimeSpan);
                _more[rejection.Reason] = _more.GetValueOrDefault(rejection.Reason) + 1;
                return;
            }
            _lines++;
        }
        Log.Rejected(_logger, record.Topic, record.Partition, record.Offset, rejection.Reason.ToWire(), rejection.Message);
    }

    /// <summary>Nothing that was counted goes unsaid.</summary>
    public void Dispose()
    {
        _end.Dispose();
        Sum();
    }

    private void Sum()
    {
        long count;
        string reasons;
        lock (_lock)
        {
            if (_more.Count == 0) return;
            (count, reasons) = (_more.Values.Sum(), string.Join(", ", _more.Select(m => $"{m.Value} {m.Key.ToWire()}")));
            _more.Clear();
            _lines = 0;
        }
        Log.RejectedMore(_logger, count, reasons);
    }
}
