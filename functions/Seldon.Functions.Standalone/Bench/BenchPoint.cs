namespace Seldon.Functions.Standalone.Bench;

/// <summary>What was measured with so many calls in flight and so many records in each.</summary>
/// <param name="Rows">The most rows of a call.</param>
/// <param name="InFlight">The calls in flight.</param>
/// <param name="RowsPerCall">The rows that calls really had.</param>
/// <param name="RowsPerSecond">Rows answered per second.</param>
/// <param name="P50Ms">Half of the calls took no longer than this, in milliseconds.</param>
/// <param name="P99Ms">Of a hundred calls, 99 took no longer than this.</param>
/// <param name="Failed">The share of calls that failed, pushback among them.</param>
internal sealed record BenchPoint(int Rows, int InFlight, double RowsPerCall, double RowsPerSecond, double P50Ms, double P99Ms, double Failed);
