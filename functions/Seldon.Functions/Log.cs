using Microsoft.Extensions.Logging;

namespace Seldon.Functions;

/// <summary>Every log line of the engine. Event ids are stable; no line ever holds a payload or a secret.</summary>
internal static partial class Log
{
    // 1xx: records and endpoints

    [LoggerMessage(100, LogLevel.Warning, "Dead letter: {Topic}/{Partition}/{Offset} is rejected ({Reason}). {Message}")]
    public static partial void Rejected(ILogger logger, string topic, int partition, long offset, string reason, string message);

    [LoggerMessage(102, LogLevel.Warning, "Dead letters: {Count} more within a second ({Reasons}). Ten a second have a line each; the error topic has all.")]
    public static partial void RejectedMore(ILogger logger, long count, string reasons);

    [LoggerMessage(103, LogLevel.Warning,
        "Memory is short: records for which there is none are tried again. Give the process more memory, or lower Seldon:Window:Bytes or KAFKA_WORKERS.")]
    public static partial void MemoryIsShort(ILogger logger);

    [LoggerMessage(101, LogLevel.Error, "This program failed on {Topic}/{Partition}/{Offset}; the record becomes a dead letter (internal-error). {Kind} {Stack}")]
    private static partial void Defect(ILogger logger, string topic, int partition, long offset, string kind, string? stack);

    /// <summary>Type and stack of the exception, but not its message, which may quote the payload.</summary>
    public static void Defect(ILogger logger, string topic, int partition, long offset, Exception defect) =>
        Defect(logger, topic, partition, offset, defect.GetType().FullName!, defect.StackTrace);

    [LoggerMessage(110, LogLevel.Warning, "Holding: {Endpoint} {Why}. Its records wait, none is lost; it is asked again until it is ready.")]
    public static partial void Holding(ILogger logger, string endpoint, string why);

    [LoggerMessage(111, LogLevel.Error,
        "Holding: {Endpoint} {Why} and has never answered a record. {Waiting} records wait; none is lost. Check SELDON_PROTOCOL, SELDON_TARGET, MODEL_NAME, MODEL_VERSION, the model's address and, for 401 or 403, its credentials.")]
    public static partial void HoldingForSettings(ILogger logger, string endpoint, string why, int waiting);

    [LoggerMessage(112, LogLevel.Warning, "Still holding after {Seconds} s: {Endpoint} {Why}.")]
    public static partial void StillHolding(ILogger logger, string endpoint, long seconds, string why);

    [LoggerMessage(113, LogLevel.Information, "Resuming: {Endpoint} is ready after {Seconds:0.0} s.")]
    public static partial void Resumed(ILogger logger, string endpoint, double seconds);

    [LoggerMessage(114, LogLevel.Warning,
        "Holding: {Endpoint} says that it is ready, but {Why} to every record. {Waiting} records wait and are retried {Until}.")]
    public static partial void HoldingForProof(ILogger logger, string endpoint, string why, int waiting, string until);

    [LoggerMessage(115, LogLevel.Warning,
        "Still retrying {Topic}/{Partition}/{Offset} after {Seconds} s and {Attempts} attempts: {Endpoint} {Why}. {Others} other records that failed there are also being retried.")]
    public static partial void StillRetrying(ILogger logger, string topic, int partition, long offset, long seconds, int attempts, string endpoint, string why, int others);

    [LoggerMessage(117, LogLevel.Warning,
        "Merging is off for a minute: {Endpoint} answers records one by one, but not several in one call. Set MODEL_MAX_BATCH_ROWS to 1 if the model cannot take several rows at once.")]
    public static partial void MergingOff(ILogger logger, string endpoint);

    [LoggerMessage(118, LogLevel.Error, "This program failed to merge records for {Endpoint}; they are sent one by one. {Kind} {Stack}")]
    private static partial void MergeDefect(ILogger logger, string endpoint, string kind, string? stack);

    /// <summary>Type and stack of the exception, but not its message, which may quote the payload.</summary>
    public static void MergeDefect(ILogger logger, string endpoint, Exception defect) =>
        MergeDefect(logger, endpoint, defect.GetType().FullName!, defect.StackTrace);

    [LoggerMessage(116, LogLevel.Warning, "The request in MODEL_CONTROL_FILE cannot serve as a control: {Endpoint} {Why}. The last request that the model answered is used instead.")]
    public static partial void ControlRefused(ILogger logger, string endpoint, string why);
}
