using Confluent.Kafka;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>How an attempt to send a record ended.</summary>
internal enum DeliveryKind : byte
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>The broker has it, on all in-sync replicas.</summary>
    Acknowledged,

    /// <summary>The broker refuses it, or the batch that it was in, for its size.</summary>
    TooLarge,

    /// <summary>The broker refuses this record itself, for instance one without a key on a compacted topic.</summary>
    Refused,

    /// <summary>The client gave it back unsent, because another record failed.</summary>
    NotSent,

    /// <summary>Another record of its batch is refused; sent alone, this one is taken.</summary>
    BatchMemberRefused,

    /// <summary>It was not taken, and a later attempt may succeed: topic missing, access denied, this machine's clock hours ahead.</summary>
    Retriable,

    /// <summary>The producer cannot go on.</summary>
    Fatal,
}

/// <summary>How an attempt to send a record ended, and the client's words for it.</summary>
internal readonly record struct Delivery(DeliveryKind Kind, string Reason = "", string Code = "")
{
    public static readonly Delivery Acknowledged = new(DeliveryKind.Acknowledged);

    /// <summary>The client takes "duplicate sequence" for success. On a topic that was just created the record may never have been there.</summary>
    public static Delivery Of(Error error, Offset offset) =>
        !error.IsError && offset == Offset.Unset ? new(DeliveryKind.BatchMemberRefused, "acknowledged without an offset") : Of(error);

    public static Delivery Of(Error error) => error switch
    {
        { IsError: false } => Acknowledged,
        { Code: ErrorCode.Local_GaplessGuarantee or ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight } => From(error, DeliveryKind.NotSent),
        { IsFatal: true } or { Code: ErrorCode.Local_Fatal } => From(error, DeliveryKind.Fatal),
        { Code: ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge } => From(error, DeliveryKind.TooLarge),
        { Code: ErrorCode.InvalidRecord } => From(error, DeliveryKind.Refused),
        { Code: ErrorCode.Local_InvalidDifferentRecord } => From(error, DeliveryKind.BatchMemberRefused),
        _ => From(error, DeliveryKind.Retriable),
    };

    private static Delivery From(Error error, DeliveryKind kind) => new(kind, error.Reason, error.Code.ToString());
}
