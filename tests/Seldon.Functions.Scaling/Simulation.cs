namespace Seldon.Functions.Scaling;

/// <summary>
/// A topic, a group and what scales it, second by second: KEDA between none and one, the HPA above, instances that take a while to start,
/// and a rebalance in which nobody works whenever one comes or goes.
/// </summary>
/// <param name="phase">In which second of its period the HPA looks. KEDA looks in the first of its own.</param>
internal sealed class Simulation(ScalingSettings settings, Conditions conditions, int phase)
{
    /// <summary>How long a partition is silent after its owner was killed.</summary>
    private const int Session = 10;

    private readonly Backlog[] _partitions = [.. Enumerable.Range(0, conditions.Partitions).Select(_ => new Backlog())];

    private readonly double[] _shares = Shares(conditions.Partitions);

    private readonly Hpa _hpa = new(settings, Math.Min(settings.MaxReplicas, conditions.Partitions));
    private readonly Random _random = new(phase);
    private readonly List<int> _starting = [];
    private int _replicas = settings.MinReplicas;
    private int _members = settings.MinReplicas;
    private int _pausedUntil;
    private int _killedUntil;
    private int _killed;
    private int _lastActive;
    private bool _isUncommitted;

    /// <summary>Partitions are not equal: the fullest gets a quarter more than the average, the emptiest a quarter less.</summary>
    public static double[] Shares(int partitions) =>
        [.. Enumerable.Range(0, partitions).Select(p => partitions == 1 ? 1 : 0.75 + (0.5 * p / (partitions - 1)))];

    /// <summary>Runs a trace and tells what was seen in every second.</summary>
    public List<Sample> Run(LoadTrace trace)
    {
        var samples = new List<Sample>(trace.Seconds);
        var capacity = conditions.Partitions * conditions.InstanceRate;
        var outage = 0;
        var outages = new int[trace.Seconds + 1];
        for (var now = 0; now < trace.Seconds; now++)
        {
            if (trace.Speed(now) == 0) outage++;
            outages[now + 1] = outage;
            var came = (trace.Load(now) * capacity) + trace.Trickle;
            // A slower model has more in flight; one that is out commits nothing, and all is backlog.
            var speed = trace.Speed(now);
            var lag = Seen(_partitions.Sum(p => p.Records), speed > 0 ? came * conditions.CommitSeconds / speed : came) + Uncommitted(now, trace);
            for (var p = 0; p < _partitions.Length; p++) _partitions[p].Add(now, came / _partitions.Length * _shares[p]);
            var changes = Scale(now, lag);
            Work(now, conditions.InstanceRate * speed);
            var age = _partitions.Max(p => p.Oldest is { } came ? now + 1 - came - (outages[now + 1] - outages[came]) : 0);
            samples.Add(new Sample(lag, _replicas, changes, age));
        }
        return samples;
    }

    /// <summary>Lets KEDA and the HPA look, each in its second; returns how many of them changed the number of replicas.</summary>
    private int Scale(int now, long lag)
    {
        var before = _replicas;
        if (now % settings.PollingInterval == 0)
        {
            if (lag > settings.ActivationLagThreshold) _lastActive = now;
            if (_replicas == 0 && _lastActive == now && lag > 0) _replicas = 1;
            else if (_replicas > 0 && settings.MinReplicas == 0 && now - _lastActive >= settings.CooldownPeriod) _replicas = 0;
        }
        var byKeda = _replicas;
        if (_replicas > 0 && now % Hpa.Period == phase) _replicas = _hpa.Decide(now, _replicas, KedaMetric.Of(lag, _partitions.Length, settings.LagThreshold, settings.IsEven));

        for (var i = before; i < _replicas; i++) _starting.Add(now + conditions.StartSeconds);
        for (var i = before; i > _replicas; i--) Remove(now);
        var came = _starting.RemoveAll(at => at <= now);
        if (came > 0)
        {
            _members += came;
            _pausedUntil = now + conditions.RebalanceSeconds;
        }
        return (byKeda == before ? 0 : 1) + (_replicas == byKeda ? 0 : 1);
    }

    private void Remove(int now)
    {
        if (_starting.Count > 0)
        {
            _starting.RemoveAt(_starting.Count - 1);
            return;
        }
        _members--;
        if (settings.Drains)
        {
            _pausedUntil = now + conditions.RebalanceSeconds;
            return;
        }
        _killed = now < _killedUntil ? _killed + 1 : 1;
        _killedUntil = now + Session;
    }

    private void Work(int now, double rate)
    {
        if (now == _killedUntil && _killed > 0) (_killed, _pausedUntil) = (0, now + conditions.RebalanceSeconds);
        if (now < _pausedUntil || _members == 0) return;
        // Those of a killed member belong to nobody yet.
        var owners = Math.Min(_partitions.Length, _members + _killed);
        for (var member = 0; member < Math.Min(owners, _members); member++)
        {
            var left = rate;
            // What one partition leaves over goes to the next; in the second round all have had their equal share.
            for (var round = 0; round < 2; round++)
            {
                var share = round == 0 ? left / ((_partitions.Length - member + owners - 1) / owners) : left;
                for (var p = member; p < _partitions.Length && left > 0; p += owners) left -= _partitions[p].Take(Math.Min(share, left));
            }
        }
    }

    /// <summary>What KEDA counts for partitions without an offset, of records that are not there any more: until an instance commits.</summary>
    private long Uncommitted(int now, LoadTrace trace)
    {
        if (now == trace.UncommittedFrom) _isUncommitted = true;
        if (conditions.CommitsEnds && _members > 0 && now >= _pausedUntil) _isUncommitted = false;
        return _isUncommitted ? _partitions.Length * (settings.IsEarliest ? trace.End : 1) : 0;
    }

    /// <summary>
    /// What is seen at a moment: whole records. Where less than one is in flight on average, one is seen in as many looks as that says.
    /// </summary>
    private long Seen(double waiting, double inFlight)
    {
        var whole = Math.Floor(inFlight);
        return (long)(Math.Floor(waiting + 1e-6) + whole) + (_random.NextDouble() < inFlight - whole ? 1 : 0);
    }
}
