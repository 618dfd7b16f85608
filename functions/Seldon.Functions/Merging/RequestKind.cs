namespace Seldon.Functions.Merging;

/// <summary>Requests that may share a call: those of them that wait, and what is remembered of calls with several. Guarded by <see cref="MergeQueue"/>.</summary>
internal sealed class RequestKind
{
    /// <summary>So many groups whose records are all answered, but never together, show that the model cannot take several at once.</summary>
    private const int Proof = 3;

    /// <summary>For how long what was learnt from failures holds.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private int _refusals;
    private bool _isTrying;
    private long _offSince;
    private long _cappedAt;
    private int _mostRows = int.MaxValue;
    private int _mostBytes = int.MaxValue;

    /// <summary>The requests that wait, and some that have left.</summary>
    public Queue<Member> Waiting { get; } = new();

    /// <summary>Whether each request has a call of its own for the time being.</summary>
    public bool IsOff { get; private set; }

    /// <summary>Whether that has been logged.</summary>
    public bool IsOffLogged { get; set; }

    /// <summary>Calls that failed although all of their records were answered later: the model's flaws, if it can take several at once.</summary>
    public int Unexplained { get; private set; }

    /// <summary>Whether nothing waits and nothing is remembered.</summary>
    public bool IsForgettable => Waiting.Count == 0 && !IsOff && _refusals == 0 && Unexplained == 0 && _cappedAt == 0;

    /// <summary>Whether requests may share a call now. After a minute one group at a time may try again.</summary>
    public bool MayShare(TimeProvider time) => !IsOff || (!_isTrying && time.GetElapsedTime(_offSince) >= Memory);

    /// <summary>A group is made; whether it is a trial.</summary>
    public bool Begin() => IsOff && (_isTrying = true);

    /// <summary>The most rows and bytes of a call.</summary>
    public (int Rows, int Bytes) Most(TimeProvider time)
    {
        if (_cappedAt != 0 && time.GetElapsedTime(_cappedAt) >= Memory) (_cappedAt, _mostRows, _mostBytes) = (0, int.MaxValue, int.MaxValue);
        return (_mostRows, _mostBytes);
    }

    /// <summary>A call was too large for the server.</summary>
    public void Cap(int rows, int bytes, TimeProvider time)
    {
        (_mostRows, _mostBytes) = (Math.Min(_mostRows, rows), Math.Min(_mostBytes, bytes));
        _cappedAt = Math.Max(1, time.GetTimestamp());
    }

    /// <summary>A call with several succeeded. Says how many failures before it were the model's flaws.</summary>
    public int Shared()
    {
        var flaws = Unexplained;
        (IsOff, _isTrying, _refusals, Unexplained) = (false, false, 0, 0);
        return flaws;
    }

    /// <summary>A group has come to its end.</summary>
    /// <returns>Whether merging is off from now on.</returns>
    public bool Conclude(MergeGroup group, TimeProvider time)
    {
        if (group.IsTrial) _isTrying = false;
        if (group.Failures == 0 || !group.AreAllAnswered) return false;
        if (group.HasShared)
        {
            Unexplained += group.Failures;
            return false;
        }
        if (++_refusals < Proof && !group.IsTrial)
        {
            Unexplained += group.Failures;
            return false;
        }
        (IsOff, Unexplained, _refusals) = (true, 0, 0);
        _offSince = time.GetTimestamp();
        return true;
    }
}
