using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>Requests with rows in JSON, and models that compute each row for itself: what they say of a row they say of the same row alone.</summary>
internal static class JsonModels
{
    private static readonly string[] Numbers = ["0", "-1", "1.50", "1e-7", "3.1415926535897932384626433832795028841971", "-0.0", "12345678901234567890123456789012345678901", "2E+3"];
    private static readonly string[] Words = ["\"\"", "\"a\"", "\"],[}{\"", "\"\\\"\\\\\"", "\"\\u00e9\\n\"", "\"Straße ☃\"", "\"a,b\""];

    public static RowValue Instances(Random random, int family) =>
        RowValue.Text($"{{{(family % 2 == 0 ? "" : "\"signature_name\": \"s\", ")}\"instances\":{(family % 3 == 0 ? " \n" : "")}{Array(random, Rows(random), r => Row(r, family))}}}");

    public static RowValue Examples(Random random, int family) =>
        RowValue.Text($"{{\"examples\":{Array(random, Rows(random), r => $"{{\"x\":{Number(r)},\"y\":[{Word(r)}{(family % 2 == 0 ? "" : ",\"z\"")}]}}")}}}");

    public static RowValue Columns(Random random, int family)
    {
        var rows = Rows(random);
        return RowValue.Text((family % 3) switch
        {
            0 => $$"""{"inputs":{{Array(random, rows, r => Row(r, family))}} }""",
            1 => $$"""{"inputs":{"a":{{Array(random, rows, r => Row(r, family))}},"b":{{Array(random, rows, Number)}} } }""",
            _ => $$"""{"inputs" : { "c" : {{Array(random, rows, Word)}} , "b":{{Array(random, rows, r => Row(r, family))}} } }""",
        });
    }

    /// <summary>TensorFlow Serving's way to write an answer.</summary>
    public static RowValue? TensorFlow(RowValue request)
    {
        using var json = JsonDocument.Parse(request.Body);
        var root = json.RootElement;
        if (root.TryGetProperty("instances", out var instances)) return Same(instances) ? RowValue.Text($"{{\n    \"predictions\": {Predictions(instances)}\n}}") : null;
        if (root.TryGetProperty("examples", out var examples)) return RowValue.Text($"{{\n    \"results\": {Predictions(examples)}\n}}");
        var inputs = root.GetProperty("inputs");
        if (inputs.ValueKind == JsonValueKind.Array) return RowValue.Text($"{{\n    \"outputs\": {Predictions(inputs)}\n}}");
        var columns = inputs.EnumerateObject().ToList();
        if (columns.Any(c => c.Value.ValueKind != JsonValueKind.Array) || columns.Select(c => c.Value.GetArrayLength()).Distinct().Count() != 1) return null;
        return RowValue.Text($"{{\"outputs\": {{\n{string.Join(",\n", columns.Select(c => $"\"{c.Name}_out\": {Predictions(c.Value)}"))}\n}}\n}}");
    }

    public static RowValue Infer(Random random, int family, bool isBinary)
    {
        var rows = Rows(random);
        var tail = new MemoryStream();
        var inputs = new List<string> { Tensor("x", family % 2 == 0 ? "FP32" : "INT64", 1 + (family % 3), isNested: family % 4 == 1) };
        if (family % 3 == 1) inputs.Add(Tensor("y", "BYTES", 1, isNested: false));
        if (family % 3 == 2) inputs.Add($"{{\"datatype\":\"FP64\",\"data\":{Flat(rows, Number)},\"name\":\"z\",\"shape\":[{rows}]}}");
        var id = family % 2 == 0 ? "" : $"\"id\":\"{random.Next()}\\u00e9\",";
        var parameters = family % 4 < 2 ? "" : ",\"parameters\":{\"content_type\":\"np\"}";
        var head = Encoding.UTF8.GetBytes($"{{{id}\"inputs\":[{string.Join(", ", inputs)}]{parameters}}}");
        return new RowValue([.. head, .. tail.ToArray()], isBinary ? head.Length : 0);

        string Tensor(string name, string type, int columns, bool isNested)
        {
            var start = $$"""{"name":"{{name}}","shape":[{{rows}},{{columns}}],"datatype":"{{type}}",""";
            if (!isBinary)
                return $"{start}\"data\":{(isNested ? Array(random, rows, r => Flat(columns, Number, r)) : Flat(rows * columns, type == "BYTES" ? Word : Number))}}}";
            var before = tail.Length;
            for (var i = 0; i < rows * columns; i++) tail.Write(type switch { "FP32" => Bytes(4), "INT64" => Bytes(8), _ => Framed(Bytes(random.Next(5))) });
            return $$"""{{start}}"parameters":{"binary_data_size":{{tail.Length - before}} } }""";
        }

        string Flat(int count, Func<Random, string> element, Random? own = null) => $"[{string.Join(',', Enumerable.Range(0, count).Select(_ => element(own ?? random)))}]";

        byte[] Bytes(int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
    }

    /// <summary>For each input an output with its elements, and one with a number for each row, in the same representation.</summary>
    public static RowValue? V2(RowValue request)
    {
        var length = request.JsonLength == 0 ? request.Body.Length : request.JsonLength;
        using var json = JsonDocument.Parse(request.Body.AsMemory(0, length));
        var at = length;
        var tail = new MemoryStream();
        var outputs = new List<string>();
        foreach (var input in json.RootElement.GetProperty("inputs").EnumerateArray())
        {
            var (name, type) = (input.GetProperty("name").GetString()!, input.GetProperty("datatype").GetString()!);
            var shape = input.GetProperty("shape").EnumerateArray().Select(s => s.GetInt32()).ToArray();
            if (shape[0] == 0) return null;
            var perRow = shape.Skip(1).Aggregate(1, (a, b) => a * b);
            if (input.TryGetProperty("data", out var data))
            {
                var isNested = data.GetArrayLength() > 0 && data[0].ValueKind == JsonValueKind.Array;
                if (data.GetArrayLength() != (isNested ? shape[0] : shape[0] * perRow)) return null;
                outputs.Add($$"""{"name":"{{name}}","shape":[{{string.Join(',', shape)}}],"datatype":"{{type}}","data":{{data.GetRawText()}} }""");
                var rows = isNested ? data.EnumerateArray().Select(r => r.GetRawText()) : data.EnumerateArray().Select(e => e.GetRawText()).Chunk(perRow).Select(r => string.Concat(r));
                outputs.Add($$"""{"name":"{{name}}_n","datatype":"INT64","data":[{{string.Join(", ", rows.Select(Hash))}}],"shape":[ {{shape[0]}} ,1]}""");
                continue;
            }
            var size = input.GetProperty("parameters").GetProperty("binary_data_size").GetInt32();
            tail.Write(request.Body, at, size);
            at += size;
            outputs.Add($$"""{"name":"{{name}}","shape":[{{string.Join(',', shape)}}],"datatype":"{{type}}","parameters":{"binary_data_size":{{size}} } }""");
        }
        var id = json.RootElement.TryGetProperty("id", out var own) ? $"\"id\":{own.GetRawText()}," : "";
        var head = Encoding.UTF8.GetBytes($$"""{"model_name":"m",{{id}}"outputs":[{{string.Join(',', outputs)}}]}""");
        return new RowValue([.. head, .. tail.ToArray()], request.JsonLength == 0 ? 0 : head.Length);
    }

    public static RowValue SeldonData(Random random, int family)
    {
        var (rows, columns) = (Rows(random), 1 + (family % 3));
        var meta = family % 2 == 0 ? "" : $"\"meta\":{{\"tags\":{{\"a\":1}},\"puid\":\"{random.Next()}\"}},";
        var values = $"[{string.Join(",", Enumerable.Range(0, rows * columns).Select(_ => Number(random)))}]";
        var data = (family % 4) switch
        {
            0 => $"\"tensor\":{{\"shape\":[{rows},{columns}],\"values\":{values}}}",
            1 => $"\"tftensor\":{{\"dtype\":\"DT_FLOAT\",\"tensorShape\":{{\"dim\":[{{\"size\":\"{rows}\"}},{{\"size\":\"{columns}\"}}]}},\"floatVal\":{values}}}",
            _ => $"\"ndarray\":{Array(random, rows, r => Row(r, family))}",
        };
        return RowValue.Text($"{{{meta}\"data\":{{\"names\":[\"a\",\"b\"],{data}}}}}");
    }

    /// <summary>The same kind of data, a number more or twice as much for each row; with the id, and a tag that all rows share.</summary>
    public static RowValue? Seldon(RowValue request)
    {
        using var json = JsonDocument.Parse(request.Body);
        var data = json.RootElement.GetProperty("data");
        string rows;
        if (data.TryGetProperty("ndarray", out var ndarray))
        {
            if (!Same(ndarray)) return null;
            rows = $"\"ndarray\":{Predictions(ndarray)}";
        }
        else if (data.TryGetProperty("tensor", out var tensor))
        {
            var shape = tensor.GetProperty("shape").EnumerateArray().Select(s => s.GetInt32()).ToArray();
            var values = tensor.GetProperty("values").EnumerateArray().Select(v => v.GetRawText()).Chunk(shape[1]).SelectMany(r => new[] { r[0], Hash(string.Concat(r)) });
            rows = $"\"tensor\":{{\"shape\":[{shape[0]},2],\"values\":[{string.Join(", ", values)}]}}";
        }
        else
        {
            rows = $"\"tftensor\":{data.GetProperty("tftensor").GetRawText()}";
        }
        var puid = json.RootElement.TryGetProperty("meta", out var meta) ? $",\"puid\":{meta.GetProperty("puid").GetRawText()}" : "";
        return RowValue.Text($"{{\"meta\":{{\"tags\":{{\"b\":\"x\"}}{puid}}},\"data\":{{\"names\":[\"s\"],{rows}}}}}");
    }

    public static byte[] Framed(byte[] element)
    {
        var framed = new byte[4 + element.Length];
        BinaryPrimitives.WriteInt32LittleEndian(framed, element.Length);
        element.CopyTo(framed, 4);
        return framed;
    }

    /// <summary>A number that depends on the text alone.</summary>
    public static string Hash(string text) => text.Aggregate(7u, (hash, c) => (hash * 31) + c).ToString(CultureInfo.InvariantCulture);

    private static int Rows(Random random) => random.Next(8) == 0 ? 0 : random.Next(1, 6);

    private static string Number(Random random) => Numbers[random.Next(Numbers.Length)];

    private static string Word(Random random) => Words[random.Next(Words.Length)];

    private static string Array(Random random, int rows, Func<Random, string> row) =>
        $"[{(random.Next(3) == 0 ? "\r\n  " : "")}{string.Join(random.Next(3) == 0 ? " ,\t" : ",", Enumerable.Range(0, rows).Select(_ => row(random)))}{(random.Next(4) == 0 ? " " : "")}]";

    /// <summary>A row of the family's shape; now and then one of another.</summary>
    private static string Row(Random random, int family)
    {
        if (random.Next(60) == 0) return "[[1],[2,3]]";
        return (family % 6) switch
        {
            0 => Number(random),
            1 => $"[{Number(random)},{Number(random)} , {Number(random)}]",
            2 => Word(random),
            3 => $"[[{Word(random)}],[{Word(random)}]]",
            4 => $$"""{"a":{{Number(random)}},"b":[{{Word(random)}},{{Word(random)}}] }""",
            _ => "[]",
        };
    }

    /// <summary>A model takes rows of one shape; here the shape is the text without what is in it.</summary>
    private static bool Same(JsonElement rows) => rows.GetArrayLength() > 0 && rows.EnumerateArray().Select(Shape).Distinct().Count() == 1;

    private static string Shape(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => $"[{string.Join(',', element.EnumerateArray().Select(Shape))}]",
        JsonValueKind.Object => $"{{{string.Join(',', element.EnumerateObject().Select(m => $"{m.Name}:{Shape(m.Value)}"))}}}",
        _ => element.ValueKind.ToString(),
    };

    private static string Predictions(JsonElement rows) =>
        $"[{string.Join(",\n        ", rows.EnumerateArray().Select(r => $"{{\"in\": {r.GetRawText()}, \"n\":[{Hash(r.GetRawText())}]}}"))}\n    ]";
}
