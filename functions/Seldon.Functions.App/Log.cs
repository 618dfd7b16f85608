using Microsoft.Extensions.Logging;

namespace Seldon.Functions.App;

/// <summary>Every log line of the Functions app; 4xx.</summary>
internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Warning, "{Warning}")]
    public static partial void SettingWithoutEffect(ILogger logger, string warning);

    [LoggerMessage(401, LogLevel.Information, "{Records} records are published and acknowledged, as results or dead letters, after {Milliseconds:0} ms.")]
    public static partial void BatchDone(ILogger logger, int records, double milliseconds);

    [LoggerMessage(402, LogLevel.Information, "{Records} records after {Milliseconds:0} ms: {Handed} results are handed to the host, which promises no delivery; the rest is acknowledged.")]
    public static partial void BatchHandedOver(ILogger logger, int records, double milliseconds, int handed);
}
