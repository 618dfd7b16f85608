using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>
/// What Seldon's built-in <c>SIMPLE_MODEL</c> answers to everything: three classes with the same three values each time.
/// Source: SimpleModelUnit of Seldon Core 1.
/// </summary>
internal static class SeldonSimpleModel
{
    public const string ContentType = "application/json";

    private static readonly string[] Classes = ["class0", "class1", "class2"];
    private static readonly double[] Values = [0.1, 0.9, 0.5];

    public static byte[] Json { get; } =
        """{"meta":{},"data":{"names":["class0","class1","class2"],"tensor":{"shape":[1,3],"values":[0.1,0.9,0.5]}}}"""u8.ToArray();

    /// <summary>SeldonMessage { 3 DefaultData { 1 names, 2 Tensor { 1 shape, 2 values } } }</summary>
    public static byte[] Protobuf { get; } = MakeProtobuf();

    private static byte[] MakeProtobuf()
    {
        var values = new byte[Values.Length * sizeof(double)];
        Buffer.BlockCopy(Values, 0, values, 0, values.Length);
        var data = new WireWriter();
        foreach (var name in Classes) data.Text(1, name);
        data.Bytes(2, new WireWriter().Bytes(1, [1, (byte)Values.Length]).Bytes(2, values).ToArray());
        return new WireWriter().Bytes(3, data.ToArray()).ToArray();
    }
}
