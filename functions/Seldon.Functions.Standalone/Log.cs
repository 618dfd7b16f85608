using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Standalone;

/// <summary>Every log line of the standalone host; 3xx.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Warning, "{Warning}")]
    public static partial void SettingWithoutEffect(ILogger logger, string warning);

    [LoggerMessage(302, LogLevel.Information, "Answering on port {Port}: / (the status page), /status, /health/live, /health/ready, /metrics.")]
    public static partial void Answering(ILogger logger, int port);

    [LoggerMessage(303, LogLevel.Information, "seldon-functions {Version}: {Delivery} delivery, brokers {Brokers}, at most {Records} records and {Megabytes} MiB in flight.")]
    public static partial void Effective(ILogger logger, string version, string delivery, string brokers, int records, long megabytes);

    [LoggerMessage(304, LogLevel.Information, "Route {Route}: {Protocol} at {Addresses}; calls in flight: {Calls}; {Merging}; deadline {Timeout:0.###} s.")]
    public static partial void EffectiveRoute(ILogger logger, string route, string protocol, string addresses, string calls, string merging, double timeout);

    [LoggerMessage(305, LogLevel.Information, "In the last minute: {Results} results, {DeadLetters} dead letters. Lag {Lag}, {InFlight} records in flight{Waiting}.")]
    public static partial void Progress(ILogger logger, long results, long deadLetters, long lag, int inFlight, string waiting);

    [LoggerMessage(301, LogLevel.Critical, "The process ends because of a defect. What was not committed will be delivered again.")]
    public static partial void Ended(ILogger logger, Exception defect);
}
