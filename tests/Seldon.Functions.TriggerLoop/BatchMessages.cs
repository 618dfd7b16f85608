using System.Text.Json;
using Google.Protobuf;
using Microsoft.Azure.Functions.Worker;
using Seldon.Functions.TriggerLoop.Rpc;

namespace Seldon.Functions.TriggerLoop;

/// <summary>A batch as the host's Kafka extension sends it: each record as binding data, and much of it once more as trigger metadata.</summary>
internal static class BatchMessages
{
    public static InvocationRequest ToInvocation(KafkaRecord[] records)
    {
        var request = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            TraceContext = new RpcTraceContext(),
            InputData = { new ParameterBinding { Name = "records", Data = new TypedData { CollectionModelBindingData = new CollectionModelBindingData() } } },
        };
        request.InputData[0].Data.CollectionModelBindingData.ModelBindingData.AddRange(records.Select(ToBindingData));
        request.TriggerMetadata.Add("TopicArray", new TypedData { CollectionString = new CollectionString { String = { records.Select(r => r.Topic) } } });
        request.TriggerMetadata.Add("OffsetArray", new TypedData { CollectionSint64 = new CollectionSInt64 { Sint64 = { records.Select(r => r.Offset) } } });
        request.TriggerMetadata.Add("PartitionArray", Json(records.Select(r => r.Partition)));
        request.TriggerMetadata.Add("KeyArray", Json(records.Select(r => r.Key)));
        request.TriggerMetadata.Add("HeadersArray", Json(records.Select(r => r.Headers)));
        return request;
    }

    /// <summary>One record.</summary>
    public static ModelBindingData ToBindingData(KafkaRecord record) => new()
    {
        Version = "1.0",
        Source = "AzureKafkaRecord",
        ContentType = "application/x-protobuf",
        Content = ToMessage(record).ToByteString(),
    };

    private static KafkaRecordProto ToMessage(KafkaRecord record)
    {
        var message = new KafkaRecordProto { Topic = record.Topic, Partition = record.Partition, Offset = record.Offset };
        if (record.Key is not null) message.Key = UnsafeByteOperations.UnsafeWrap(record.Key);
        if (record.Value is not null) message.Value = UnsafeByteOperations.UnsafeWrap(record.Value);
        if (record.Timestamp is not null) message.Timestamp = new KafkaTimestampProto { UnixTimestampMs = record.Timestamp.UnixTimestampMs };
        foreach (var header in record.Headers ?? [])
        {
            var entry = new KafkaHeaderProto { Key = header.Key };
            if (header.Value is not null) entry.Value = UnsafeByteOperations.UnsafeWrap(header.Value);
            message.Headers.Add(entry);
        }
        return message;
    }

    private static TypedData Json<T>(T value) => new() { Json = JsonSerializer.Serialize(value) };
}
