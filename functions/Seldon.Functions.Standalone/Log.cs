using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Standalone;

/// <summary>Every log line of the standalone host; 3xx.</summary>
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Warning, "{Warning}")]
    public static partial void SettingWithoutEffect(ILogger logger, string warning);

    [LoggerMessage(302, LogLevel.Information, "Answering on port {Port}: / (the status page), /status, /health/live, /health/ready, /metrics.")]
    public static partial void Answering(ILogger logger, int port);

    [LoggerMessage(301, LogLevel.Critical, "The process ends because of a defect. What was not committed will be delivered again.")]
    public static partial void Ended(ILogger logger, Exception defect);
}
