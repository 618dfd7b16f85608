using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;
using Seldon.Functions.Records;

namespace Seldon.Functions.App;

/// <summary>
/// The function. It returns when every record of the batch has its result or dead letter acknowledged, however long that takes, and
/// throws only when it is cancelled: the host commits after the first and runs the batch again after the second.
/// </summary>
public sealed class InferenceFunction(BatchProcessor processor, FunctionsAppSettings settings, ILogger<InferenceFunction> logger)
{
    private static readonly InferenceOutput Nothing = new();

    /// <summary>Answers a batch.</summary>
    /// <param name="records">Records of one or several partitions; those of a partition in their order.</param>
    [Function("Inference")]
    public async Task<InferenceOutput> RunAsync(
        // The threshold is how many records may wait for one instance in Azure: a batch, as KEDA is told in keda/.
        [KafkaTrigger(
            "%KAFKA_BROKER%", "%KAFKA_INPUT_TOPIC%", ConsumerGroup = "%KAFKA_CONSUMER_GROUP%", IsBatched = true, KeyDataType = KafkaMessageKeyType.Binary, LagThreshold = 1000)]
        KafkaRecord[] records,
        CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var handed = settings.DeliversThroughHost ? new ConcurrentQueue<string>() : null;
        await processor.ProcessAsync(Array.ConvertAll(records, KafkaRecords.ToRecord), handed is null ? null : TakeText, cancellationToken).ConfigureAwait(false);
        if (handed is null)
        {
            Log.BatchDone(logger, records.Length, Elapsed());
            return Nothing;
        }
        Log.BatchHandedOver(logger, records.Length, Elapsed(), handed.Count);
        return new InferenceOutput { Results = handed.IsEmpty ? null : [.. handed] };

        double Elapsed() => TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;

        // The binding writes to one topic, and there are others.
        bool TakeText(ProducerRecord record)
        {
            if (record.Topic != settings.Processor.Kafka.Output.Results || Envelope.From(record) is not { } envelope) return false;
            handed.Enqueue(envelope);
            return true;
        }
    }
}
