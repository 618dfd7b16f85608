using System.Globalization;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>
/// What TensorFlow Serving's requests must say besides being whole messages: which model, and something to infer from. Every
/// method here reads bytes whose shape has been checked.
/// </summary>
internal static class TensorFlowRequests
{
    public static RequestCheck CheckPredict(byte[] request, ModelSelector route)
    {
        if (!TensorFlowShapes.PredictRequest.Matches(request)) return Incomplete("PredictRequest");
        var (address, inputs) = (new TensorFlowAddress(), 0);
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) address.Read(bytes, route);
            if (field == 2) inputs++;
        }
        return address.HasName && inputs == 0 ? new("The PredictRequest has no inputs.") : address.ToCheck("PredictRequest");
    }

    public static RequestCheck CheckClassification(byte[] request, ModelSelector route) => CheckExamples(request, route, "ClassificationRequest");

    public static RequestCheck CheckRegression(byte[] request, ModelSelector route) => CheckExamples(request, route, "RegressionRequest");

    public static RequestCheck CheckMultiInference(byte[] request, ModelSelector route)
    {
        if (!TensorFlowShapes.MultiInferenceRequest.Matches(request)) return Incomplete("MultiInferenceRequest");
        var (tasks, examples, namesOther) = (0, new Examples(), false);
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 2) examples.Read(bytes);
            if (field != 1) continue;
            tasks++;
            var address = new TensorFlowAddress();
            var task = new WireReader(bytes);
            while (task.TryReadField(out var inner, out var spec))
            {
                if (inner == 1) address.Read(spec, route);
            }
            if (!address.HasName) return new("A task of the MultiInferenceRequest names no model (model_spec.name).");
            namesOther |= address.NamesOther;
        }
        if (tasks == 0) return new("The MultiInferenceRequest has no tasks.");
        return examples.Any ? new(null, namesOther) : new("The MultiInferenceRequest has no examples.");
    }

    public static RequestCheck CheckModelMetadata(byte[] request, ModelSelector route) =>
        CheckAddress(request, route, TensorFlowShapes.GetModelMetadataRequest, "GetModelMetadataRequest");

    public static RequestCheck CheckModelStatus(byte[] request, ModelSelector route) =>
        CheckAddress(request, route, TensorFlowShapes.GetModelStatusRequest, "GetModelStatusRequest");

    /// <summary>A PredictResponse whose outputs are to be the inputs of another model.</summary>
    public static RequestCheck CheckChained(byte[] response)
    {
        if (!TensorFlowShapes.PredictResponse.Matches(response)) return Incomplete("PredictResponse");
        var reader = new WireReader(response);
        while (reader.TryReadField(out var field, out _))
        {
            if (field == 1) return new(null);
        }
        return new("The PredictResponse has no outputs that could be inputs.");
    }

    /// <summary>Outputs (1) become inputs (2); the route's model takes the place of the one that answered.</summary>
    public static byte[] Chain(byte[] response, ModelSelector route)
    {
        var request = new WireWriter().Bytes(1, ModelSpec(route));
        var reader = new WireReader(response);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) request.Bytes(2, bytes);
        }
        return request.ToArray();
    }

    /// <summary>Parts of a message are one: a model_spec (1) at the end changes the name and leaves version and signature.</summary>
    public static byte[] Readdress(byte[] request, string model) =>
        [.. request, .. new WireWriter().Bytes(1, new WireWriter().Text(1, model).ToArray()).ToArray()];

    /// <summary>ModelSpec { 1 name, 2 Int64Value { 1 value } version, 4 version_label }</summary>
    public static byte[] ModelSpec(ModelSelector model)
    {
        var spec = new WireWriter().Text(1, model.Name);
        if (model.Version is { } version) spec.Bytes(2, new WireWriter().Varint(1, long.Parse(version, CultureInfo.InvariantCulture)).ToArray());
        if (model.Label is { } label) spec.Text(4, label);
        return spec.ToArray();
    }

    private static RequestCheck CheckExamples(byte[] request, ModelSelector route, string type)
    {
        if (!TensorFlowShapes.ExamplesRequest.Matches(request)) return Incomplete(type);
        var (address, examples) = (new TensorFlowAddress(), new Examples());
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) address.Read(bytes, route);
            if (field == 2) examples.Read(bytes);
        }
        return address.HasName && !examples.Any ? new($"The {type} has no examples.") : address.ToCheck(type);
    }

    private static RequestCheck CheckAddress(byte[] request, ModelSelector route, MessageShape shape, string type)
    {
        if (!shape.Matches(request)) return Incomplete(type);
        var address = new TensorFlowAddress();
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) address.Read(bytes, route);
        }
        return address.ToCheck(type);
    }

    private static RequestCheck Incomplete(string type) => new($"The bytes are not a complete {type}.");

    /// <summary>What an Input says, which may come in parts. Of its two lists, the one that comes last counts.</summary>
    private struct Examples
    {
        private int _list;

        public bool Any { get; private set; }

        public void Read(ReadOnlySpan<byte> input)
        {
            var reader = new WireReader(input);
            while (reader.TryReadField(out var list, out var bytes))
            {
                if (list is not (1 or 2)) continue;
                if (list != _list) (_list, Any) = (list, false);
                var examples = new WireReader(bytes);
                while (examples.TryReadField(out var field, out _)) Any |= field == 1;
            }
        }
    }
}
