namespace Seldon.Functions.Models.Faults;

/// <summary>Attempts of records that an endpoint answered in the end, and how many of them had failed.</summary>
/// <param name="Attempts">All their attempts while the endpoint was ready.</param>
/// <param name="Failures">Those of them that failed, push-back aside.</param>
/// <param name="PushBacks">Those of them that were pushed back.</param>
/// <param name="Outages">Beside these, the attempts that failed while the endpoint was not ready, or was no longer.</param>
internal readonly record struct Tally(long Attempts, long Failures = 0, long PushBacks = 0, long Outages = 0)
{
    /// <summary>Before anything is known: one failure in a hundred attempts, weighing as much as a single attempt.</summary>
    private const double Prior = 0.01;

    /// <summary>The share of attempts that fail although nothing is wrong with the record.</summary>
    public double Share => (Prior + Failures) / (1 + Attempts);

    /// <summary>How likely a good record is to fail so often in a row, push-back aside.</summary>
    public double ProbabilityOfFailures(int times) => ProbabilityOf(times, Failures, Attempts);

    /// <summary>How likely a good record is to fail or to be pushed back so often in a row.</summary>
    public double ProbabilityOfAny(int times) => ProbabilityOf(times, Failures + PushBacks, Attempts);

    /// <summary>How likely a good record is to meet so many failures or outages in a row.</summary>
    public double ProbabilityOfCrashes(int times) => ProbabilityOf(times, Failures + Outages, Attempts + Outages);

    public static Tally operator -(Tally a, Tally b) => new(a.Attempts - b.Attempts, a.Failures - b.Failures, a.PushBacks - b.PushBacks, a.Outages - b.Outages);

    public static Tally operator +(Tally a, Tally b) => new(a.Attempts + b.Attempts, a.Failures + b.Failures, a.PushBacks + b.PushBacks, a.Outages + b.Outages);

    /// <summary>The rule of succession: the less is known, the more failures it takes to be sure.</summary>
    private static double ProbabilityOf(int times, long failed, long attempts)
    {
        var probability = 1.0;
        for (var i = 0; i < times; i++) probability *= (Prior + failed + i) / (1 + attempts + i);
        return probability;
    }
}

/// <summary>
/// What an endpoint does for its records: whom it has answered since when, and how often it fails those that it answers in the end. It is
/// what tells a record's fault from the endpoint's.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class Evidence(TimeProvider time)
{
    /// <summary>What is known is one to two times as old.</summary>
    private static readonly TimeSpan Generation = TimeSpan.FromMinutes(1);

    /// <summary>No server goes down, comes back and loads its model within this.</summary>
    private static readonly TimeSpan ShortestRestart = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Tally _all;
    private Tally _beforeThis;
    private Tally _beforeLast;
    private long _turnedAt = time.GetTimestamp();
    private long _begun;
    private long _lastAnswered;
    private long _workedAt;

    /// <summary>The number of the call that began last. Calls are numbered as they begin.</summary>
    public long LastCall => Interlocked.Read(ref _begun);

    /// <summary>Whether the endpoint has ever answered a record.</summary>
    public bool HasAnswered => Interlocked.Read(ref _lastAnswered) > 0;

    /// <summary>A call begins; its number.</summary>
    public long Begin() => Interlocked.Increment(ref _begun);

    /// <summary>Whether a call that began after this one has been answered.</summary>
    public bool HasAnsweredSince(long call) => Interlocked.Read(ref _lastAnswered) > call;

    /// <summary>The endpoint works: a call was answered, or it said that it is ready.</summary>
    public void Works() => Volatile.Write(ref _workedAt, time.GetTimestamp());

    /// <summary>Whether the server may have been restarted since it was last seen to work, and nobody noticed.</summary>
    public bool MayHaveRestarted(long now) => Volatile.Read(ref _workedAt) is not 0 and var last && time.GetElapsedTime(last, now) > ShortestRestart;

    /// <summary>A call was answered.</summary>
    /// <param name="call">Its number.</param>
    /// <param name="attempts">All attempts of its record.</param>
    public void Answered(long call, in Tally attempts)
    {
        Works();
        for (long last; (last = Interlocked.Read(ref _lastAnswered)) < call;)
        {
            if (Interlocked.CompareExchange(ref _lastAnswered, call, last) == last) break;
        }
        Add(attempts);
    }

    /// <summary>Attempts of a request that is known to be good.</summary>
    public void Add(in Tally attempts)
    {
        lock (_lock) _all += attempts;
    }

    /// <summary>Everything so far: to be subtracted later from <see cref="Since"/>.</summary>
    public Tally All()
    {
        lock (_lock) return _all;
    }

    /// <summary>What happened since then.</summary>
    public Tally Since(Tally then)
    {
        lock (_lock) return _all - then;
    }

    /// <summary>What happened in the last minute or two.</summary>
    public Tally Lately()
    {
        lock (_lock)
        {
            var elapsed = time.GetElapsedTime(_turnedAt);
            if (elapsed >= Generation)
            {
                _beforeLast = elapsed >= 2 * Generation ? _all : _beforeThis;
                _beforeThis = _all;
                _turnedAt = time.GetTimestamp();
            }
            return _all - _beforeLast;
        }
    }
}
