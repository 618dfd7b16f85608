using Seldon.Functions.Protocols;

namespace Seldon.Functions.Graph;

/// <summary>What goes from node to node: the record, with another value and other entity headers.</summary>
internal static class GraphMessage
{
    /// <summary>An answer, on its way on.</summary>
    public static Record Of(Record record, byte[] value, IEnumerable<Header> entityHeaders) => record with
    {
        Value = value,
        Headers = [.. record.Headers.Where(h => !HeaderNames.IsEntity(h.Name)), .. entityHeaders],
    };

    /// <summary>What a combiner is asked with.</summary>
    public static Record ListOf(Record[] messages)
    {
        var values = messages.Select(m => m.Value!).ToList();
        return HeaderNames.IsProtobuf(messages[0])
            ? Of(messages[0], MessageList.OfProtobuf(values), [new Header(HeaderNames.ProtoName, MessageList.Type)])
            : Of(messages[0], MessageList.OfJson(values), []);
    }

    /// <summary>What <see cref="BuiltIn.SimpleModel"/> answers.</summary>
    public static Record OfSimpleModel(Record record, Record message) => HeaderNames.IsProtobuf(message)
        ? message with { Value = SeldonSimpleModel.Protobuf }
        : Of(record, SeldonSimpleModel.Json, [HeaderNames.Text(HeaderNames.ContentType, SeldonSimpleModel.ContentType)]);
}
