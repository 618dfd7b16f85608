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

    [LoggerMessage(306, LogLevel.Information, "{Setting} is not set: found {Protocol} by asking {Server}. Set {Setting}={Protocol} to start without asking.")]
    public static partial void ProtocolFound(ILogger logger, string setting, string server, string protocol);

    [LoggerMessage(307, LogLevel.Warning, "Waiting to learn the protocol: {Setting} is not set, and {Why}. The servers are asked again for {Minutes:0.#} min; set {Setting} to start without asking.")]
    public static partial void WaitingForProtocol(ILogger logger, string setting, string why, double minutes);

    [LoggerMessage(301, LogLevel.Critical, "The process ends because of a defect. What was not committed will be delivered again.")]
    public static partial void Ended(ILogger logger, Exception defect);
}
