namespace Seldon.Functions.Models.Limits;

/// <summary>Measures records answered per second under one limit, over whole rounds of calls, since calls that began together end together.</summary>
internal sealed class ThroughputWindow
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(1);
    private const int Rounds = 2;
    private const int FewestCalls = 16;

    private TimeSpan _start;
    private int _toSkip;
    private int _round;
    private int _calls;
    private int _records;
    private int _full;

    /// <summary>Records answered per second.</summary>
    public double Rate { get; private set; }

    /// <summary>Whether (nearly) always all places were taken: the limit, not the demand, decided how many calls there were.</summary>
    public bool IsLimited => _full * 10 >= _calls * 9;

    /// <summary>Begins anew.</summary>
    /// <param name="now">When.</param>
    /// <param name="limit">The limit that is measured.</param>
    /// <param name="toSkip">How many calls end before that began under another one.</param>
    public void Restart(TimeSpan now, int limit, int toSkip) =>
        (_start, _round, _toSkip, _calls, _records, _full) = (now, limit, toSkip, 0, 0, 0);

    /// <summary>Adds a call that has ended; says whether the window is complete.</summary>
    public bool Add(TimeSpan now, int records, bool isFull)
    {
        if (_toSkip > 0)
        {
            if (--_toSkip == 0) _start = now;
            return false;
        }
        _calls++;
        _records += records;
        if (isFull) _full++;
        var length = now - _start;
        if (_calls < Rounds * _round || _calls % _round != 0 || length < Shortest || (_calls < FewestCalls && length < LongEnough)) return false;
        Rate = _records / length.TotalSeconds;
        return true;
    }

    /// <summary>Leaves out a time in which there were no calls.</summary>
    public void LeaveOut(TimeSpan time) => _start += time;
}
