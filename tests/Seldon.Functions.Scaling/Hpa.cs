namespace Seldon.Functions.Scaling;

/// <summary>
/// The horizontal pod autoscaler as it is published, for one external metric with an average value: tolerance, stabilization windows,
/// policies. https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
/// </summary>
internal sealed class Hpa(ScalingSettings settings, int max)
{
    /// <summary>How often it looks.</summary>
    public const int Period = 15;

    private readonly List<(int At, int Replicas)> _recommended = [];
    private readonly List<(int At, int Change)> _changes = [];

    /// <summary>How many replicas it wants at a second.</summary>
    public int Decide(int now, int current, long metric)
    {
        var ratio = metric / (settings.LagThreshold * (double)current);
        var wanted = ratio >= 1 - settings.Down.Tolerance && ratio <= 1 + settings.Up.Tolerance ? current : (int)Math.Ceiling(metric / (double)settings.LagThreshold);
        wanted = Math.Clamp(wanted, Math.Max(1, settings.MinReplicas), max);
        _recommended.Add((now, wanted));
        _recommended.RemoveAll(r => r.At <= now - Math.Max(Period, Math.Max(settings.Up.Window, settings.Down.Window)));

        var up = _recommended.Where(r => r.At > now - Math.Max(1, settings.Up.Window)).Min(r => r.Replicas);
        var down = _recommended.Where(r => r.At > now - Math.Max(1, settings.Down.Window)).Max(r => r.Replicas);
        var stable = current < up ? up : current > down ? down : current;
        var allowed = stable > current ? Math.Min(stable, MostUp(now, current)) : stable < current ? Math.Max(stable, LeastDown(now, current)) : current;
        if (allowed != current) _changes.Add((now, allowed - current));
        return allowed;
    }

    private int MostUp(int now, int current) => settings.Up.Policies.Max(p =>
    {
        var start = current - _changes.Where(c => c.Change > 0 && c.At > now - p.Period).Sum(c => c.Change);
        return p.IsPercent ? (int)Math.Ceiling(start * (1 + (p.Value / 100.0))) : start + p.Value;
    });

    private int LeastDown(int now, int current) => settings.Down.Policies.Min(p =>
    {
        var start = current - _changes.Where(c => c.Change < 0 && c.At > now - p.Period).Sum(c => c.Change);
        return p.IsPercent ? (int)(start * (1 - (p.Value / 100.0))) : start - p.Value;
    });
}
