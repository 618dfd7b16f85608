namespace Seldon.Functions.Kafka.Publishing;

/// <summary>Moments as timestamps of a <see cref="TimeProvider"/>, which no change of the wall clock moves.</summary>
internal static class Timestamps
{
    /// <summary>The timestamp so much later than now.</summary>
    public static long After(this TimeProvider time, TimeSpan wait) => time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);

    /// <summary>How long it is until this timestamp; zero if it is over.</summary>
    public static TimeSpan Until(this TimeProvider time, long timestamp) =>
        timestamp <= time.GetTimestamp() ? TimeSpan.Zero : time.GetElapsedTime(time.GetTimestamp(), timestamp);
}
