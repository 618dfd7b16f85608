using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>What became of a record that was handed to the producer.</summary>
internal enum DeliveryKind : byte
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>The broker has it, on all replicas in sync.</summary>
    Acknowledged,

    /// <summary>The broker refuses it, or the batch that it was in, for its size.</summary>
    TooLarge,

    /// <summary>The broker refuses this record itself, for instance a compacted topic one without a key.</summary>
    Refused,

    /// <summary>It was given back: the producer sends nothing more, because the broker has refused another one.</summary>
    Unsent,

    /// <summary>Only a neighbour in its batch is refused; sent by itself it is taken.</summary>
    Neighbour,

    /// <summary>It was not taken, and a later attempt may succeed: topic missing, access denied, this machine's clock hours ahead.</summary>
    Held,

    /// <summary>The producer cannot go on.</summary>
    Fatal,
}

/// <summary>What became of a record that was handed to the producer, and the client's words for it.</summary>
internal readonly record struct Delivery(DeliveryKind Kind, string Reason = "", string Code = "")
{
    public static readonly Delivery Acknowledged = new(DeliveryKind.Acknowledged);

    public static Delivery Of(Error error) => error switch
    {
        { IsError: false } => Acknowledged,
        { Code: ErrorCode.Local_GaplessGuarantee or ErrorCode.Local_PurgeQueue } => From(error, DeliveryKind.Unsent),
        { IsFatal: true } or { Code: ErrorCode.Local_Fatal } => From(error, DeliveryKind.Fatal),
        { Code: ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge } => From(error, DeliveryKind.TooLarge),
        { Code: ErrorCode.InvalidRecord } => From(error, DeliveryKind.Refused),
        { Code: ErrorCode.Local_InvalidDifferentRecord } => From(error, DeliveryKind.Neighbour),
        _ => From(error, DeliveryKind.Held),
    };

    private static Delivery From(Error error, DeliveryKind kind) => new(kind, error.Reason, error.Code.ToString());
}
