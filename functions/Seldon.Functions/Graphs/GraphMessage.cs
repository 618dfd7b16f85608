using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Records;

namespace Seldon.Functions.Graphs;

/// <summary>What goes from node to node: the record, with another value and other entity headers.</summary>
internal static class GraphMessage
{
    /// <summary>An answer, on its way on.</summary>
    public static Record Of(Record record, byte[] value, IReadOnlyList<Header> entityHeaders) => record with
    {
        Value = value,
        Headers = [.. CloudEvents.Without(record.Headers, entityHeaders).Where(h => !HeaderNames.IsEntity(h.Name) && !HeaderNames.Is(h.Name, HeaderNames.Merged)), .. entityHeaders],
    };

    /// <summary>What a combiner is asked with.</summary>
    public static Record ListOf(Record record, Record[] messages)
    {
        var values = messages.Select(m => m.Value!).ToList();
        return HeaderNames.IsProtobuf(messages[0])
            ? Of(record, MessageList.OfProtobuf(values), [new Header(HeaderNames.ProtoName, MessageList.Type)])
            : Of(record, MessageList.OfJson(values), []);
    }

    /// <summary>What <see cref="BuiltIn.SimpleModel"/> answers.</summary>
    public static Record OfSimpleModel(Record record, Record message) => HeaderNames.IsProtobuf(message)
        ? message with { Value = SeldonSimpleModel.Protobuf }
        : Of(record, SeldonSimpleModel.Json, [HeaderNames.Text(HeaderNames.ContentType, SeldonSimpleModel.ContentType)]);
}
