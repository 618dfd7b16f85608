using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka;

/// <summary>Every log line of what reads and publishes. Event ids are stable; no line ever holds a payload or a secret.</summary>
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Warning, "Waiting for Kafka at {Broker}: {Why}.")]
    public static partial void WaitingForKafka(ILogger logger, string broker, string why);

    [LoggerMessage(201, LogLevel.Information, "Reading {Topics} as group {Group}; results go to {Output}, dead letters to {Errors}.")]
    public static partial void Reading(ILogger logger, string topics, string group, string output, string errors);

    [LoggerMessage(202, LogLevel.Information, "Assigned: {Partitions}.")]
    public static partial void Assigned(ILogger logger, string partitions);

    [LoggerMessage(203, LogLevel.Information, "Revoked: {Partitions}. {Waiting} in-flight records are left to their next owner.")]
    public static partial void Revoked(ILogger logger, string partitions, int waiting);

    [LoggerMessage(204, LogLevel.Warning, "Lost: {Partitions}. The group has removed this member; {Waiting} in-flight records are dropped here and read again by their next owner.")]
    public static partial void Lost(ILogger logger, string partitions, int waiting);

    [LoggerMessage(205, LogLevel.Error, "{Topic}/{Partition}: {Count} records from committed offset {Committed} on have expired before they were read. Reading resumes at {Earliest}.")]
    public static partial void Expired(ILogger logger, string topic, int partition, long count, long committed, long earliest);

    [LoggerMessage(206, LogLevel.Error, "{Topic}/{Partition}: the committed offset {Committed} is beyond the end {End} of the log, as if the topic had been re-created. Reading resumes at {Earliest}.")]
    public static partial void BeyondEnd(ILogger logger, string topic, int partition, long committed, long end, long earliest);

    [LoggerMessage(207, LogLevel.Warning, "Kafka consumer: {Reason} ({Code}).")]
    public static partial void ConsumerError(ILogger logger, string reason, string code);

    [LoggerMessage(208, LogLevel.Warning, "Kafka producer: {Reason} ({Code}).")]
    public static partial void ProducerError(ILogger logger, string reason, string code);

    [LoggerMessage(209, LogLevel.Error, "Holding: topic {Topic} accepts no records ({Reason}, {Code}). They wait and are retried; none is lost.")]
    public static partial void PublishHeld(ILogger logger, string topic, string reason, string code);

    [LoggerMessage(210, LogLevel.Information, "Resuming: topic {Topic} accepts records again after {Seconds:0.0} s.")]
    public static partial void PublishResumed(ILogger logger, string topic, double seconds);

    [LoggerMessage(211, LogLevel.Warning, "{Topic}/{Partition}/{Offset}: {Output} refuses the result ({Code}); it becomes a dead letter ({Reason}).")]
    public static partial void ResultRefused(ILogger logger, string topic, int partition, long offset, string output, string code, string reason);

    [LoggerMessage(212, LogLevel.Warning, "Dead letter of {Topic}/{Partition}/{Offset}: the error topic refuses it for its size; it goes out {How}.")]
    public static partial void DeadLetterCut(ILogger logger, string topic, int partition, long offset, string how);

    [LoggerMessage(213, LogLevel.Warning, "A Kafka client cannot continue ({Reason}, {Code}). Both clients are re-created and resume from the committed offsets.")]
    public static partial void Rebuilding(ILogger logger, string reason, string code);

    [LoggerMessage(214, LogLevel.Information, "Stopping: reading has ended; {Waiting} in-flight records are finished and committed first.")]
    public static partial void Draining(ILogger logger, int waiting);

    [LoggerMessage(215, LogLevel.Warning, "Stopped with {Waiting} records unfinished; they are not committed and will be delivered again.")]
    public static partial void Unfinished(ILogger logger, int waiting);

    [LoggerMessage(216, LogLevel.Information, "Stopped: everything that was read is published and committed.")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(220, LogLevel.Warning, "Stopped before the broker confirmed the last commit of {Partitions}; records that are published already may be delivered again.")]
    public static partial void Uncommitted(ILogger logger, string partitions);

    [LoggerMessage(221, LogLevel.Warning, "The broker did not confirm within {Seconds} s that this member has left the group {Group}, which will notice when its session expires.")]
    public static partial void NotLeft(ILogger logger, double seconds, string group);

    [LoggerMessage(222, LogLevel.Information, "Stopped: this member had no partitions any more.")]
    public static partial void StoppedWithoutPartitions(ILogger logger);

    [LoggerMessage(218, LogLevel.Error, "The topic {Topic} was deleted and re-created. What was read of the old one is finished; the new one is read from its beginning.")]
    public static partial void TopicRecreated(ILogger logger, string topic);

    [LoggerMessage(219, LogLevel.Error, "A watch over topics or models has ended because of a defect; records still flow, but changes there are no longer noticed.")]
    public static partial void WatchEnded(ILogger logger, Exception defect);

    [LoggerMessage(217, LogLevel.Debug, "librdkafka {Facility}: {Message}")]
    public static partial void Native(ILogger logger, string facility, string message);

    [LoggerMessage(232, LogLevel.Debug, "A transaction of {Records} records was not committed ({Reason}, {Code}); they are sent again in the next one.")]
    public static partial void TransactionAborted(ILogger logger, int records, string reason, string code);

    [LoggerMessage(233, LogLevel.Error, "The transactional id {Id} has been taken over: another instance has the same KAFKA_TRANSACTIONAL_ID, or this one stood still for longer than a transaction may take.")]
    public static partial void Fenced(ILogger logger, string id);

    [LoggerMessage(234, LogLevel.Information, "The instance {Id} has left the group; a transaction that it may have left open has been ended.")]
    public static partial void TransactionEnded(ILogger logger, string id);

    [LoggerMessage(235, LogLevel.Warning, "The instance {Id} has left the group, and its transaction could not be ended ({Reason}, {Code}): the broker ends an open one after some seconds.")]
    public static partial void TransactionNotEnded(ILogger logger, string id, string reason, string code);

    [LoggerMessage(230, LogLevel.Warning, "The Kafka producer cannot continue ({Reason}, {Code}). It is re-created; what is not acknowledged of the batch is processed again.")]
    public static partial void ProducerRecreated(ILogger logger, string reason, string code);

    [LoggerMessage(231, LogLevel.Information, "Stopped within a batch: {Published} of its {Records} records are published, {Left} are left to the next run, which gets all of them again.")]
    public static partial void BatchStopped(ILogger logger, int published, int records, int left);
}
