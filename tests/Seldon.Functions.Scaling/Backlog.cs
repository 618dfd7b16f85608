namespace Seldon.Functions.Scaling;

/// <summary>The records of a partition that are not committed, by the second in which they came.</summary>
internal sealed class Backlog
{
    private readonly Queue<int> _seconds = new();
    private readonly Queue<double> _counts = new();
    private double _taken;

    public double Records { get; private set; }

    /// <summary>The second in which the oldest came; null if there is none.</summary>
    public int? Oldest => _seconds.TryPeek(out var second) ? second : null;

    public void Add(int second, double records)
    {
        if (records <= 0) return;
        _seconds.Enqueue(second);
        _counts.Enqueue(records);
        Records += records;
    }

    /// <summary>Takes the oldest; returns how many there were of those asked for.</summary>
    public double Take(double records)
    {
        var taken = Math.Min(records, Records);
        Records -= taken;
        _taken += taken;
        while (_counts.TryPeek(out var first) && _taken >= first - 1e-6)
        {
            _taken -= _counts.Dequeue();
            _seconds.Dequeue();
        }
        // What is left of a record by rounding is none.
        if (_counts.Count > 0 && Records >= 1e-3) return taken;
        _seconds.Clear();
        _counts.Clear();
        (Records, _taken) = (0, 0);
        return taken;
    }
}
