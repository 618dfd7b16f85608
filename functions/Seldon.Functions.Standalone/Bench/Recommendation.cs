namespace Seldon.Functions.Standalone.Bench;

/// <summary>What to set, by what was measured.</summary>
/// <param name="Rows">Rows a call (<c>MODEL_MAX_BATCH_ROWS</c>).</param>
/// <param name="Workers">Calls in flight, where <c>KAFKA_WORKERS</c> shall be a number.</param>
/// <param name="RecordsPerSecond">What the server then answers.</param>
/// <param name="SinglePerSecond">What it answers at best with a call for each record.</param>
/// <param name="P99Ms">How long 99 of 100 calls then take at most.</param>
/// <param name="LagThreshold">KEDA's <c>lagThreshold</c>.</param>
/// <param name="ForRate">What the wanted rate needs; null if none is wanted.</param>
internal sealed record Recommendation(int Rows, int Workers, double RecordsPerSecond, double SinglePerSecond, double P99Ms, int LagThreshold, RateNeeds? ForRate)
{
    /// <summary>Beyond so many failures, a number of calls is too high.</summary>
    private const double MostFailed = 0.02;

    /// <summary>Smaller calls, which are quicker, are as good if they answer so much of the best.</summary>
    private const double NearlyAll = 0.9;

    /// <summary>And fewer calls, if they answer so much.</summary>
    private const double AsGood = 0.95;

    /// <summary>How long a record of the standalone host is lag after it is answered: it commits five times a second.</summary>
    private const double CommitSeconds = 0.17;

    /// <summary>The share of what an instance has in flight at which KEDA should start another one.</summary>
    private const double LagShare = 0.8;

    /// <param name="points">What was measured.</param>
    /// <param name="rowsOfRecord">The rows of one record.</param>
    /// <param name="rate">The wanted records per second; null if none are.</param>
    /// <returns>Null if nothing was answered.</returns>
    public static Recommendation? Of(IReadOnlyList<BenchPoint> points, int rowsOfRecord, double? rate)
    {
        var sound = points.Where(p => p.Failed <= MostFailed && p.RowsPerSecond > 0).ToList();
        if (sound.Count == 0) return null;
        var best = sound.Max(p => p.RowsPerSecond);
        var rows = sound.Where(p => p.RowsPerSecond >= NearlyAll * best).Min(p => p.Rows);
        var ofRows = sound.Where(p => p.Rows == rows).OrderBy(p => p.InFlight).ToList();
        var chosen = ofRows.First(p => p.RowsPerSecond >= AsGood * ofRows.Max(o => o.RowsPerSecond));
        var perSecond = chosen.RowsPerSecond / rowsOfRecord;
        var single = sound.Where(p => p.Rows == rowsOfRecord).Select(p => p.RowsPerSecond / rowsOfRecord).DefaultIfEmpty().Max();
        return new Recommendation(rows, chosen.InFlight, perSecond, single, chosen.P99Ms, Lag(perSecond), rate is { } wanted ? RateNeeds.Of(wanted, perSecond, Lag) : null);

        int Lag(double handled) => Math.Max(1, (int)(LagShare * handled * ((chosen.P50Ms / 1000) + CommitSeconds)));
    }
}

/// <summary>What a wanted rate needs.</summary>
/// <param name="Rate">Records per second.</param>
/// <param name="Servers">Model servers such as the one that was measured; one instance for each.</param>
/// <param name="Partitions">Partitions of the input topic.</param>
/// <param name="LagThreshold">KEDA's <c>lagThreshold</c>, where each instance answers its share of the rate.</param>
internal sealed record RateNeeds(double Rate, int Servers, int Partitions, int LagThreshold)
{
    /// <summary>A server that is always busy has no time left for a peak.</summary>
    private const double Busy = 0.8;

    /// <summary>Partitions are never equal.</summary>
    private const double Unequal = 1.5;

    /// <summary>Numbers with many divisors, so that instances can have equal shares.</summary>
    private static readonly int[] Divisible = [1, 2, 4, 6, 12, 24, 36, 48, 60, 72, 96, 120, 144, 180, 240, 360, 480, 720, 960];

    public static RateNeeds Of(double rate, double perServer, Func<double, int> lag)
    {
        var servers = Math.Max(1, (int)Math.Ceiling(rate / (Busy * perServer)));
        var least = servers == 1 ? 1 : (int)Math.Ceiling(Unequal * servers);
        var partitions = Divisible.Where(d => d >= least).DefaultIfEmpty(least).First();
        return new RateNeeds(rate, servers, partitions, lag(rate / servers));
    }
}
