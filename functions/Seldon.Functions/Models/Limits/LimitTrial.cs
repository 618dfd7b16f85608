namespace Seldon.Functions.Models.Limits;

/// <summary>
/// Compares another limit with the one that is kept. Both are in force in turn, in the order kept, other, other, kept, so that a server that becomes faster
/// or slower meanwhile harms neither. The trial goes on until its pairs of windows agree, or there have been enough.
/// </summary>
/// <param name="kept">The limit that is kept.</param>
/// <param name="other">The one that is tried.</param>
internal sealed class LimitTrial(int kept, int other)
{
    /// <summary>A limit is worth its calls while each percent more of them answers so many percent more: then at least 94 % of what there is to have is had.</summary>
    private const double Worth = 0.06;

    /// <summary>By how much pairs differ before anything is known of them.</summary>
    private const double UsualSpread = 0.1;
    private const int MostPairs = 12;

    private readonly double _worth = Worth * Math.Log((double)other / kept);
    private int _windows;
    private double _keptRate;
    private double _otherRate;
    private int _pairs;
    private double _sum;
    private double _sumOfSquares;

    /// <summary>The limit that is tried.</summary>
    public int Other => other;

    /// <summary>Whether more calls are tried than are kept.</summary>
    public bool IsUp => other > kept;

    /// <summary>The limit of the next window.</summary>
    public int Next => (_windows % 4) is 1 or 2 ? other : kept;

    /// <summary>Adds what the next window measured.</summary>
    /// <returns>Whether the other limit is better, which for fewer calls means as good; null while that is open.</returns>
    public bool? Add(double rate)
    {
        if (Next == other) _otherRate = rate;
        else _keptRate = rate;
        if (++_windows % 2 != 0 || (_keptRate == 0 && _otherRate == 0)) return null;
        // Nothing answered is very little.
        var gain = Math.Log(Math.Max(_otherRate, 1e-3) / Math.Max(_keptRate, 1e-3));
        _pairs++;
        _sum += gain;
        _sumOfSquares += gain * gain;
        var mean = _sum / _pairs;
        var variance = ((UsualSpread * UsualSpread) + Math.Max(0, _sumOfSquares - (_pairs * mean * mean))) / _pairs;
        var error = Math.Sqrt(variance / _pairs);
        if (Math.Abs(mean - _worth) > 2 * error) return mean > _worth;
        // In doubt fewer calls.
        return _pairs == MostPairs ? mean > _worth + (IsUp ? error : 0) : null;
    }
}
