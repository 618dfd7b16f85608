// The types of Microsoft.Azure.Functions.Worker.Extensions.Kafka 4.3.0 that the app uses, on the genuine worker: for this solution and
// its tests, which build where that package cannot be restored. The app's own project refers to the package.
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Core;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

// What the worker's SDK builds for the host.
[assembly: ExtensionInformation("Microsoft.Azure.WebJobs.Extensions.Kafka", "4.3.2")]

// The package says nothing of null.
#nullable disable
namespace Microsoft.Azure.Functions.Worker;

[InputConverter(typeof(KafkaRecordConverter))]
[ConverterFallbackBehavior(ConverterFallbackBehavior.Default)]
public sealed class KafkaTriggerAttribute(string brokerList, string topic) : TriggerBindingAttribute, ISupportCardinality
{
    public string BrokerList { get; private set; } = brokerList;

    public string Topic { get; private set; } = topic;

    public string ConsumerGroup { get; set; }

    public KafkaMessageKeyType KeyDataType { get; set; } = KafkaMessageKeyType.String;

    public long LagThreshold { get; set; } = 1000;

    [DefaultValue(false)]
    public bool IsBatched { get; set; }

    Cardinality ISupportCardinality.Cardinality
    {
        get => IsBatched ? Cardinality.Many : Cardinality.One;
        set => IsBatched = value == Cardinality.Many;
    }
}

public sealed class KafkaOutputAttribute(string brokerList, string topic) : OutputBindingAttribute
{
    public string BrokerList { get; set; } = brokerList;

    public string Topic { get; private set; } = topic;

    public bool EnableIdempotence { get; set; }
}

public enum KafkaMessageKeyType
{
    Int = 0,
    Long,
    String,
    Binary,
}

public class KafkaRecord
{
    public string Topic { get; set; }

    public int Partition { get; set; }

    public long Offset { get; set; }

    public byte[] Key { get; set; }

    public byte[] Value { get; set; }

    public KafkaTimestamp Timestamp { get; set; }

    public KafkaHeader[] Headers { get; set; }
}

public class KafkaHeader
{
    public string Key { get; set; }

    public byte[] Value { get; set; }
}

public class KafkaTimestamp
{
    public long UnixTimestampMs { get; set; }
}

/// <summary>Reads what the host sends for a record: one of its messages, or a collection of them.</summary>
[SupportsDeferredBinding]
[SupportedTargetType(typeof(KafkaRecord))]
[SupportedTargetType(typeof(KafkaRecord[]))]
internal sealed class KafkaRecordConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context)
    {
        try
        {
            return new(context.Source switch
            {
                ModelBindingData data => ConversionResult.Success(Read(data)),
                CollectionModelBindingData many => ConversionResult.Success(Array.ConvertAll(many.ModelBindingData, Read)),
                _ => ConversionResult.Unhandled(),
            });
        }
        catch (Exception refused) when (refused is InvalidDataException or Google.Protobuf.InvalidProtocolBufferException)
        {
            return new(ConversionResult.Failed(refused));
        }
    }

    private static KafkaRecord Read(ModelBindingData data)
    {
        if ((data.Version, data.Source, data.ContentType) is not ("1.0", "AzureKafkaRecord", "application/x-protobuf"))
            throw new InvalidDataException($"Binding data of {data.Source}, version {data.Version}, {data.ContentType} is no Kafka record.");
        var record = KafkaRecordProto.Parser.ParseFrom(data.Content.ToMemory().Span);
        return new KafkaRecord
        {
            Topic = record.Topic,
            Partition = record.Partition,
            Offset = record.Offset,
            Key = record.HasKey ? record.Key.ToByteArray() : null,
            Value = record.HasValue ? record.Value.ToByteArray() : null,
            Timestamp = new KafkaTimestamp { UnixTimestampMs = record.Timestamp?.UnixTimestampMs ?? 0 },
            Headers = [.. record.Headers.Select(h => new KafkaHeader { Key = h.Key, Value = h.HasValue ? h.Value.ToByteArray() : null })],
        };
    }
}
