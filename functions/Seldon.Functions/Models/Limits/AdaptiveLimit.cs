using Seldon.Functions.Options;

namespace Seldon.Functions.Models.Limits;

/// <summary>
/// Finds the fewest calls in flight that answer (nearly) as many records as any number does: as many as the server works on at once, and no queue inside
/// it. It climbs: another limit is tried beside the kept one, and takes its place if it answers more, or as many with fewer calls.
/// </summary>
/// <remarks>
/// <code>
/// more calls? ─► better: again in this direction, at once
///             └► worse:  fewer calls? ─► worse: smaller steps ─► rest, longer each time ─► more calls? …
/// </code>
/// Only throughput counts, in records, since calls take longer where records share them. It says something only while all places are taken: otherwise
/// it is the demand that is measured, and the limit stays. Push-back and deadlines that pass end the trial of more calls at once, and halve a limit.
/// </remarks>
internal sealed class AdaptiveLimit : IConcurrencyLimit
{
    private const int Start = 16;

    /// <summary>Calls that are stuck do not raise the limit further than this.</summary>
    private const int MostWhenStuck = 64;

    private const double LargeStep = 2;
    private const double MediumStep = 1.414;
    private const double SmallStep = 1.19;

    /// <summary>Rarer push-back is not about the number of calls.</summary>
    private const double Tolerable = 0.02;

    /// <summary>So many windows in a row that show only the demand end a trial.</summary>
    private const int MostUnlimited = 4;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan LongestCeiling = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Stuck = TimeSpan.FromSeconds(1);

    private readonly ThroughputWindow _window = new();
    private LimitTrial? _trial;
    private double _step = LargeStep;
    private bool _isUpNext = true;
    private int _failedTrials;
    private TimeSpan _rest = ShortestRest;
    private TimeSpan _restsUntil;
    private int _unlimited;

    // Where the server pushed back: not to be reached before that is forgotten.
    private int _ceiling = int.MaxValue;
    private TimeSpan _ceilingUntil;
    private TimeSpan _ceilingLasts = ShortestRest;

    // Of the calls that ended under the limit in force.
    private long _change;
    private int _fromBefore;
    private int _ended;
    private int _pushedBack;
    private int _timedOut;

    private TimeSpan? _idleSince;
    private TimeSpan _lastEnd;
    private TimeSpan _usualDuration;

    public AdaptiveLimit()
    {
        (Kept, Limit) = (Start, Start);
        _window.Restart(TimeSpan.Zero, Start, Start);
    }

    public int Limit { get; private set; }

    public int Kept { get; private set; }

    public void Resumed(TimeSpan now)
    {
        if (_idleSince is { } since) _window.LeaveOut(now - since);
        _idleSince = null;
    }

    public void Ended(TimeSpan now, in CallEnd end, int inFlight, bool isWaitedFor)
    {
        if (inFlight == 0) _idleSince = now;
        _lastEnd = now;
        if (end.Fate == CallFate.None)
        {
            _window.Restart(now, Limit, Math.Max(inFlight, Limit));
            return;
        }
        if (_fromBefore > 0) _fromBefore--;
        else Count(end);
        if (_timedOut * 2 > _ended && _timedOut >= Math.Max(2, Limit / 2))
        {
            TooMany(now, Limit);
            return;
        }
        if (!_window.Add(now, end.Records, inFlight + 1 >= Limit)) return;
        if (_trial is not null) Compare(now, inFlight);
        else if (now >= _restsUntil && _window.IsLimited) Try(now, inFlight);
        else _window.Restart(now, Limit, 0);
    }

    public LimitMark PushedBack(TimeSpan now, int inFlight)
    {
        // It began under a higher limit.
        if (_fromBefore > 0) return default;
        _pushedBack++;
        var mark = new LimitMark(inFlight + 1, _change);
        if (_trial is { IsUp: true } && Limit == _trial.Other && IsPushedBackOften) TooMany(now, Limit);
        return mark;
    }

    public void Lower(TimeSpan now, LimitMark then)
    {
        // One change for all calls that were pushed back together; and a call that was alone says nothing of their number.
        if (then.Change == _change && then.InFlight > 1 && IsPushedBackOften) TooMany(now, Math.Min(Limit, then.InFlight));
    }

    public void StillWaiting(TimeSpan now)
    {
        // Without a call that has ended, nothing is known of how long they take.
        if (_usualDuration == TimeSpan.Zero || Kept >= MostWhenStuck) return;
        if (now - _lastEnd < (_usualDuration * 8 > Stuck ? _usualDuration * 8 : Stuck)) return;
        Keep(now, Math.Min(MostWhenStuck, Kept * 2), 0);
    }

    /// <summary>More often than what is tolerable makes likely.</summary>
    private bool IsPushedBackOften => _pushedBack > 3 + (_ended * Tolerable) + (3 * Math.Sqrt(_ended * Tolerable));

    private void Count(in CallEnd end)
    {
        // What was long ago must not hide what is now.
        if (_ended >= Math.Max(500, 10 * Limit)) (_ended, _pushedBack, _timedOut) = (_ended / 2, _pushedBack / 2, _timedOut / 2);
        _ended++;
        if (end.Fate == CallFate.TimedOut) _timedOut++;
        if (end.Fate == CallFate.Answered) _usualDuration += (end.Duration - _usualDuration) / (_usualDuration == TimeSpan.Zero ? 1 : 16);
    }

    /// <summary>The window is full: what it measured goes to the trial.</summary>
    private void Compare(TimeSpan now, int inFlight)
    {
        // More calls than the demand needs show what they answer all the same.
        if (!_window.IsLimited && !(_trial!.IsUp && Limit == _trial.Other))
        {
            if (++_unlimited >= MostUnlimited) Keep(now, Kept, inFlight);
            else _window.Restart(now, Limit, 0);
            return;
        }
        _unlimited = 0;
        var verdict = _trial!.Add(_window.Rate);
        if (verdict is null) PutInForce(now, _trial.Next, inFlight);
        else if (verdict.Value) Accept(now, inFlight);
        else Reject(now, inFlight);
    }

    /// <summary>The window is full and shows what the kept limit answers: beside which other one?</summary>
    private void Try(TimeSpan now, int inFlight)
    {
        var other = _isUpNext ? Higher(now) : Lower();
        if (other == Kept)
        {
            Reject(now, inFlight);
            return;
        }
        _trial = new LimitTrial(Kept, other);
        _trial.Add(_window.Rate);
        PutInForce(now, _trial.Next, inFlight);
    }

    private int Higher(TimeSpan now)
    {
        var next = Math.Min(RouteOptions.MostWorkers, Math.Max(Kept + 1, (int)Math.Round(Kept * _step)));
        if (next < _ceiling) return next;
        return now < _ceilingUntil ? (Kept + _ceiling) / 2 : _ceiling;
    }

    private int Lower() => Math.Max(1, Math.Min(Kept - 1, (int)Math.Round(Kept / _step)));

    private void Accept(TimeSpan now, int inFlight)
    {
        if (_trial!.Other >= _ceiling) (_ceiling, _ceilingLasts) = (int.MaxValue, ShortestRest);
        Keep(now, _trial.Other, inFlight);
        (_failedTrials, _rest) = (0, ShortestRest);
    }

    private void Reject(TimeSpan now, int inFlight)
    {
        _isUpNext = !_isUpNext;
        if (++_failedTrials == 2)
        {
            _failedTrials = 0;
            if (_step > SmallStep)
            {
                _step = _step > MediumStep ? MediumStep : SmallStep;
            }
            else
            {
                // Neither more nor fewer: this is it, for a while.
                (_step, _restsUntil) = (MediumStep, now + _rest);
                _rest = Double(_rest, LongestRest);
            }
        }
        Keep(now, Kept, inFlight);
    }

    /// <summary>The server does not bear so many calls.</summary>
    private void TooMany(TimeSpan now, int calls)
    {
        (_ceiling, _ceilingUntil) = (Math.Max(2, calls), now + _ceilingLasts);
        _ceilingLasts = Double(_ceilingLasts, LongestCeiling);
        if (_trial is { IsUp: true } && Limit == _trial.Other)
        {
            Reject(now, calls);
            return;
        }
        (_isUpNext, _step, _failedTrials, _rest, _restsUntil) = (true, MediumStep, 0, ShortestRest, now);
        Keep(now, Math.Max(1, calls / 2), calls);
    }

    /// <summary>Ends a trial.</summary>
    private void Keep(TimeSpan now, int limit, int inFlight)
    {
        (_trial, _unlimited, Kept) = (null, 0, limit);
        PutInForce(now, limit, inFlight);
    }

    private void PutInForce(TimeSpan now, int limit, int inFlight)
    {
        var isOther = limit != Limit;
        _window.Restart(now, limit, isOther ? Math.Max(limit, inFlight) : 0);
        if (!isOther) return;
        _fromBefore = limit < Limit ? inFlight : 0;
        Limit = limit;
        _change++;
        (_ended, _pushedBack, _timedOut) = (0, 0, 0);
    }

    private static TimeSpan Double(TimeSpan time, TimeSpan longest) => time * 2 < longest ? time * 2 : longest;
}
