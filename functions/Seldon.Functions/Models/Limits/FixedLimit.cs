namespace Seldon.Functions.Models.Limits;

/// <summary>
/// The limit that is set as a number. It falls when the server pushes back for having too much to do, to as many calls as were answered, and is
/// raised again by steps. A step that brings push-back is taken back, and the next one waits twice as long.
/// </summary>
internal sealed class FixedLimit : IConcurrencyLimit
{
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(30);

    private readonly int _most;
    private TimeSpan _step = ShortestStep;
    private TimeSpan _changedAt;
    private long _change;
    private int _raisedFrom;
    private int _ended;
    private int _pushedBack;

    /// <param name="most">The most calls in flight.</param>
    public FixedLimit(int most) => (_most, Limit) = (most, most);

    public int Limit { get; private set; }

    public int Kept => Limit;

    public void Resumed(TimeSpan now)
    {
        // Nothing is measured by time.
    }

    public void Ended(TimeSpan now, in CallEnd end, int inFlight, bool isWaitedFor)
    {
        _ended++;
        if (Limit == _most || !isWaitedFor || now - _changedAt < _step) return;
        // The last step has stood.
        if (_raisedFrom > 0 && _step > ShortestStep) _step /= 2;
        var from = Limit;
        Change(now, Math.Min(_most, Limit + Math.Max(1, Limit / 4)), raisedFrom: from);
    }

    public LimitMark PushedBack(TimeSpan now, int inFlight)
    {
        _pushedBack++;
        return new LimitMark(inFlight + 1, _change);
    }

    public void Lower(TimeSpan now, LimitMark then)
    {
        // One change for all calls that were pushed back together; and a call that was alone says nothing of their number.
        if (then.Change != _change || then.InFlight <= 1) return;
        if (_raisedFrom > 0)
        {
            _step = _step * 2 < LongestStep ? _step * 2 : LongestStep;
            Change(now, _raisedFrom, raisedFrom: 0);
        }
        else
        {
            // As many as were answered of those in flight.
            var answered = Math.Max(0, _ended - _pushedBack) / (double)Math.Max(1, _ended);
            Change(now, Math.Max(1, Math.Min(Math.Min(Limit, then.InFlight) / 2, (int)(Limit * answered))), raisedFrom: 0);
        }
    }

    public void StillWaiting(TimeSpan now)
    {
        // However long they wait: no more than is set.
    }

    private void Change(TimeSpan now, int limit, int raisedFrom)
    {
        (Limit, _raisedFrom, _ended, _pushedBack, _changedAt) = (limit, raisedFrom, 0, 0, now);
        _change++;
    }
}
