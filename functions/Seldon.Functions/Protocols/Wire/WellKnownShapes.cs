namespace Seldon.Functions.Protocols.Wire;

/// <summary>Messages of <c>google.protobuf</c> that the protocols are built of. Source: https://protobuf.dev/reference/protobuf/google.protobuf/</summary>
internal static class WellKnownShapes
{
    // Any { 1 type_url, 2 value }
    public static readonly MessageShape Any = new(new Field(1, FieldKind.Text), new Field(2, FieldKind.Bytes)) { IsClosed = true };

    // Value { oneof 1 null_value, 2 number_value, 3 string_value, 4 bool_value, 5 struct_value, 6 list_value }
    public static readonly MessageShape Value = new() { IsClosed = true };

    // ListValue { 1 repeated Value }
    public static readonly MessageShape ListValue = new(new Field(1, FieldKind.Message, Value)) { IsClosed = true };

    static WellKnownShapes()
    {
        // Struct { 1 map<string, Value> }
        var structure = new MessageShape(MessageShape.Map(1, FieldKind.Message, Value)) { IsClosed = true };
        Value.Define(
            new Field(1, FieldKind.Varint),
            new Field(2, FieldKind.Fixed64),
            new Field(3, FieldKind.Text),
            new Field(4, FieldKind.Varint),
            new Field(5, FieldKind.Message, structure),
            new Field(6, FieldKind.Message, ListValue));
    }
}
