using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>Requests with rows in protobuf, and models that compute each row for itself: what they say of a row they say of the same row alone.</summary>
internal static class MessageModels
{
    public static RowValue PredictOf(Random random, int family)
    {
        var rows = Rows(random);
        var request = new PredictRequest { ModelSpec = new ModelSpec { Name = "m", SignatureName = family % 2 == 0 ? "" : "s" }, OutputFilter = { family % 5 == 0 ? ["y"] : Array.Empty<string>() } };
        request.Inputs["x"] = TensorOf(random, rows, family);
        if (family % 3 == 1) request.Inputs["a"] = TensorOf(random, rows, family + 1);
        if (random.Next(40) == 0) request.Inputs["b"] = TensorOf(random, rows + 1, family);
        return new(request.ToByteArray());
    }

    /// <summary>Each input again, and a number for each of its rows.</summary>
    public static RowValue? Predict(RowValue value)
    {
        var request = PredictRequest.Parser.ParseFrom(value.Body);
        var response = new PredictResponse { ModelSpec = new ModelSpec { Name = request.ModelSpec.Name, Version = 3, SignatureName = request.ModelSpec.SignatureName } };
        foreach (var (name, input) in request.Inputs)
        {
            if (ScoresOf(input) is not { } scores) return null;
            response.Outputs[name] = input;
            response.Outputs[$"{name}_n"] = scores;
        }
        return request.Inputs.Values.Select(t => t.TensorShape.Dim[0].Size).Distinct().Count() == 1 ? new(response.ToByteArray()) : null;
    }

    public static RowValue ClassificationOf(Random random, int family) => new(new ClassificationRequest { ModelSpec = new ModelSpec { Name = "m" }, Input = InputOf(random, family) }.ToByteArray());

    public static RowValue RegressionOf(Random random, int family) => new(new RegressionRequest { ModelSpec = new ModelSpec { Name = "m", Version = 2 }, Input = InputOf(random, family) }.ToByteArray());

    public static RowValue? Classify(RowValue value)
    {
        var request = ClassificationRequest.Parser.ParseFrom(value.Body);
        var examples = request.Input.ExampleList?.Examples ?? request.Input.ExampleListWithContext.Examples;
        if (examples.Count == 0) return null;
        return new(new ClassificationResponse
        {
            ModelSpec = request.ModelSpec,
            Result = new ClassificationResult { Classifications = { examples.Select(e => new Classifications { Classes = { new Class { Label = "l", Score = Hash(e.ToByteArray()) } } }) } },
        }.ToByteArray());
    }

    public static RowValue? Regress(RowValue value)
    {
        var request = RegressionRequest.Parser.ParseFrom(value.Body);
        var examples = request.Input.ExampleList?.Examples ?? request.Input.ExampleListWithContext.Examples;
        if (examples.Count == 0) return null;
        return new(new RegressionResponse { Result = new RegressionResult { Regressions = { examples.Select(e => new Regression { Value = Hash(e.ToByteArray()) }) } } }.ToByteArray());
    }

    public static RowValue InferOf(Random random, int family, bool isRaw)
    {
        var rows = Rows(random);
        var request = new ModelInferRequest { ModelName = "m", Id = family % 2 == 0 ? "" : $"id-{random.Next()}" };
        if (family % 4 > 1) request.Parameters["content_type"] = new InferParameter { StringParam = "np" };
        Add("x", 1 + (family % 3), family);
        if (family % 3 == 1) Add("y", 2, family + 1);
        return new(request.ToByteArray());

        void Add(string name, int columns, int kind)
        {
            var input = new InferInputTensor { Name = name, Shape = { rows, columns } };
            request.Inputs.Add(input);
            var count = rows * columns;
            if (isRaw)
            {
                input.Datatype = (kind % 3) switch { 0 => "FP16", 1 => "INT64", _ => "BYTES" };
                request.RawInputContents.Add(ByteString.CopyFrom([.. Enumerable.Range(0, count).SelectMany(_ => (kind % 3) switch { 0 => Bytes(random, 2), 1 => Bytes(random, 8), _ => JsonModels.Framed(Bytes(random, random.Next(4))) })]));
                return;
            }
            var contents = input.Contents = new InferTensorContents();
            switch (kind % 5)
            {
                case 0: (input.Datatype, _) = ("FP32", Repeat(count, () => contents.Fp32Contents.Add(random.NextSingle()))); break;
                case 1: (input.Datatype, _) = ("INT64", Repeat(count, () => contents.Int64Contents.Add(random.NextInt64() >> random.Next(60)))); break;
                case 2: (input.Datatype, _) = ("BYTES", Repeat(count, () => contents.BytesContents.Add(ByteString.CopyFrom(Bytes(random, random.Next(4)))))); break;
                case 3: (input.Datatype, _) = ("BOOL", Repeat(count, () => contents.BoolContents.Add(random.Next(2) == 0))); break;
                default: (input.Datatype, _) = ("FP64", Repeat(count, () => contents.Fp64Contents.Add(random.NextDouble()))); break;
            }
        }
    }

    /// <summary>Each input again, in the representation in which it came, with the id.</summary>
    public static RowValue? Infer(RowValue value)
    {
        var request = ModelInferRequest.Parser.ParseFrom(value.Body);
        if (request.Inputs.Any(i => i.Shape[0] == 0)) return null;
        return new(new ModelInferResponse
        {
            ModelName = "m",
            Id = request.Id,
            Parameters = { request.Parameters },
            Outputs = { request.Inputs.Select(i => new InferOutputTensor { Name = i.Name, Datatype = i.Datatype, Shape = { i.Shape }, Contents = i.Contents }) },
            RawOutputContents = { request.RawInputContents },
        }.ToByteArray());
    }

    public static RowValue SeldonOf(Random random, int family)
    {
        var (rows, columns) = (Rows(random), 1 + (family % 3));
        var data = new DefaultData { Names = { "a", "b" } };
        switch (family % 4)
        {
            case 0: data.Tensor = new SeldonTensor { Shape = { rows, columns }, Values = { Enumerable.Range(0, rows * columns).Select(_ => random.NextDouble()) } }; break;
            case 1: data.Tftensor = TensorOf(random, rows, family); break;
            default: data.Ndarray = new ListValue { Values = { Enumerable.Range(0, rows).Select(_ => RowOf(random, family)) } }; break;
        }
        var message = new SeldonMessage { Data = data };
        if (family % 2 == 1) message.Meta = new SeldonMeta { Puid = $"p{random.Next()}", Tags = { ["t"] = Value.ForNumber(1) } };
        return new(message.ToByteArray());
    }

    public static RowValue? Seldon(RowValue value)
    {
        var request = SeldonMessage.Parser.ParseFrom(value.Body);
        var answer = new SeldonMessage { Status = new SeldonStatus { Code = 200 }, Data = new DefaultData { Names = { "s" } } };
        if (request.Meta is { } meta) answer.Meta = new SeldonMeta { Puid = meta.Puid, Metrics = { new SeldonMetric { Key = "k", Value = 1 } } };
        switch (request.Data.DataCase)
        {
            case DefaultData.DataOneofCase.Tensor:
                if (request.Data.Tensor.Shape[0] == 0) return null;
                answer.Data.Tensor = request.Data.Tensor;
                break;

            case DefaultData.DataOneofCase.Tftensor:
                if (ScoresOf(request.Data.Tftensor) is not { } scores) return null;
                answer.Data.Tftensor = scores;
                break;

            default:
                if (request.Data.Ndarray.Values.Select(Shape).Distinct().Count() != 1) return null;
                answer.Data.Ndarray = new ListValue { Values = { request.Data.Ndarray.Values.Select(r => Value.ForList(r, Value.ForNumber(Hash(r.ToByteArray())))) } };
                break;
        }
        return new(answer.ToByteArray());
    }

    public static Tensor TensorOf(Random random, int rows, int family)
    {
        var columns = 1 + (family % 3);
        var tensor = new Tensor { TensorShape = new TensorShape { Dim = { new Dim { Size = rows }, new Dim { Size = columns } } } };
        var count = rows * columns;
        switch (family % 6)
        {
            case 0: (tensor.Dtype, _) = (1, Repeat(count, () => tensor.FloatVal.Add(random.NextSingle()))); break;
            case 1: (tensor.Dtype, tensor.TensorContent) = (2, ByteString.CopyFrom(Bytes(random, count * 8))); break;
            case 2: (tensor.Dtype, _) = (9, Repeat(count, () => tensor.Int64Val.Add(random.NextInt64() >> random.Next(60)))); break;
            case 3: (tensor.Dtype, _) = (7, Repeat(count, () => tensor.StringVal.Add(ByteString.CopyFrom(Bytes(random, random.Next(4)))))); break;
            case 4: (tensor.Dtype, _) = (8, Repeat(count * 2, () => tensor.ScomplexVal.Add(random.NextSingle()))); break;
            default: (tensor.Dtype, _) = (10, Repeat(count, () => tensor.BoolVal.Add(random.Next(2) == 0))); break;
        }
        return tensor;
    }

    /// <summary>A number for each row of a tensor; null if it has no rows, or not as many values as its shape says.</summary>
    private static Tensor? ScoresOf(Tensor tensor)
    {
        var rows = (int)tensor.TensorShape.Dim[0].Size;
        var columns = (int)tensor.TensorShape.Dim[1].Size;
        if (rows == 0) return null;
        byte[][] elements =
        [
            .. tensor.FloatVal.Select(BitConverter.GetBytes), .. tensor.Int64Val.Select(BitConverter.GetBytes), .. tensor.StringVal.Select(s => s.ToByteArray()),
            .. tensor.ScomplexVal.Chunk(2).Select(c => (byte[])[.. BitConverter.GetBytes(c[0]), .. BitConverter.GetBytes(c[1])]), .. tensor.BoolVal.Select(BitConverter.GetBytes),
            .. tensor.TensorContent.ToByteArray().Chunk(Math.Max(1, tensor.TensorContent.Length / (rows * columns))),
        ];
        if (elements.Length != rows * columns) return null;
        var scores = new Tensor { Dtype = 1, TensorShape = new TensorShape { Dim = { new Dim { Size = rows } } } };
        scores.FloatVal.AddRange(elements.Chunk(columns).Select(r => Hash([.. r.SelectMany(e => e)])));
        return scores;
    }

    private static Input InputOf(Random random, int family)
    {
        var examples = Enumerable.Range(0, Rows(random)).Select(_ => new Example { Features = new Features { Feature = { ["x"] = new Feature { FloatList = new FloatList { Value = { random.NextSingle() } } } } } });
        return family % 5 == 4
            ? new Input { ExampleListWithContext = new ExampleListWithContext { Examples = { examples } } }
            : new Input { ExampleList = new ExampleList { Examples = { examples } } };
    }

    private static Value RowOf(Random random, int family)
    {
        if (random.Next(60) == 0) return Value.ForList(Value.ForList(Value.ForNumber(1)), Value.ForList());
        return (family % 3) switch
        {
            0 => Value.ForNumber(random.NextDouble()),
            1 => Value.ForList(Value.ForNumber(random.NextDouble()), Value.ForNumber(0)),
            _ => Value.ForList(Value.ForList(Value.ForString($"{random.Next(100)}")), Value.ForList(Value.ForString(""))),
        };
    }

    private static string Shape(Value value) => value.KindCase == Value.KindOneofCase.ListValue ? $"[{string.Join(',', value.ListValue.Values.Select(Shape))}]" : $"{value.KindCase}";

    private static int Rows(Random random) => random.Next(8) == 0 ? 0 : random.Next(1, 6);

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static float Hash(byte[] bytes) => bytes.Aggregate(7u, (hash, b) => (hash * 31) + b) % 100_000;

    private static int Repeat(int count, Action action)
    {
        for (var i = 0; i < count; i++) action();
        return count;
    }
}
