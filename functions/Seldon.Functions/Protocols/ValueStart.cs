using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols;

/// <summary>What a value that is no request begins like: the reader of its dead letter looks for the producer that wrote it.</summary>
internal static class ValueStart
{
    /// <summary>A sentence about a value that is no JSON object, with a space before it; empty if nothing is known of its start.</summary>
    public static string OfNoObject(ReadOnlySpan<byte> value) => JsonText.Starts(value, "\""u8)
        ? " It begins like a JSON string: a producer that serializes text which is JSON already makes such values."
        : Describe(value);

    /// <summary>A sentence about a value that is no message of its type, with a space before it; empty if nothing is known of its start.</summary>
    public static string OfNoMessage(ReadOnlySpan<byte> value) => JsonText.Starts(value, "{["u8) ? " It begins like JSON." : Describe(value);

    /// <summary>Starts that neither JSON nor a protobuf message has.</summary>
    private static string Describe(ReadOnlySpan<byte> value) => value switch
    {
        // Confluent's wire format: 0, four bytes of the schema's id, and for protobuf the message's indexes.
        [0, _, _, _, _, _, ..] => " It begins as serializers for a schema registry write it, with a zero and the schema's id: use one that writes the request alone.",
        [0x1f, 0x8b, ..] => " It begins like gzip, which the header content-encoding must say.",
        [0xfe, 0xff, ..] or [0xff, 0xfe, ..] => " It begins like UTF-16: it must be UTF-8.",
        _ => "",
    };
}
