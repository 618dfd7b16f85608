using Seldon.Functions.Protocols.TensorFlow;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>The messages of the Seldon protocol, field by field. Source: proto/prediction.proto of Seldon Core 1.17.</summary>
internal static class SeldonShapes
{
    // Status { 1 code, 2 info, 3 reason, 4 status }
    private static readonly MessageShape Status = new(
        new Field(1, FieldKind.Varint), new Field(2, FieldKind.Text), new Field(3, FieldKind.Text), new Field(4, FieldKind.Varint));

    // Metric { 1 key, 2 type, 3 value, 4 map tags }
    private static readonly MessageShape Metric = new(
        new Field(1, FieldKind.Text), new Field(2, FieldKind.Varint), new Field(3, FieldKind.Fixed32), MessageShape.Map(4, FieldKind.Text));

    // Meta { 1 puid, 2 map<string, Value> tags, 3 map<string, int32> routing, 4 map<string, string> requestPath, 5 repeated Metric }
    private static readonly MessageShape Meta = new(
        new Field(1, FieldKind.Text),
        MessageShape.Map(2, FieldKind.Message, WellKnownShapes.Value),
        MessageShape.Map(3, FieldKind.Varint),
        MessageShape.Map(4, FieldKind.Text),
        new Field(5, FieldKind.Message, Metric));

    // DefaultData { 1 repeated names, oneof 2 Tensor { 1 repeated int32 shape, 2 repeated double values }, 3 ListValue ndarray, 4 TensorProto tftensor }
    private static readonly MessageShape DefaultData = new(
        new Field(1, FieldKind.Text),
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varints), new Field(2, FieldKind.Fixed64s))),
        new Field(3, FieldKind.Message, WellKnownShapes.ListValue),
        new Field(4, FieldKind.Message, TensorFlowShapes.Tensor));

    // SeldonMessage { 1 Status, 2 Meta, oneof 3 DefaultData data, 4 binData, 5 strData, 6 Value jsonData, 7 Any customData }
    public static readonly MessageShape Message = new(
        new Field(1, FieldKind.Message, Status),
        new Field(2, FieldKind.Message, Meta),
        new Field(3, FieldKind.Message, DefaultData),
        new Field(4, FieldKind.Bytes),
        new Field(5, FieldKind.Text),
        new Field(6, FieldKind.Message, WellKnownShapes.Value),
        new Field(7, FieldKind.Message, WellKnownShapes.Any));

    // SeldonMessageList { 1 repeated SeldonMessage }
    public static readonly MessageShape List = new(new Field(1, FieldKind.Message, Message));
}
