using System.Globalization;
using System.Text;

namespace Seldon.Functions.Protocols;

/// <summary>
/// What TensorFlow Serving's requests must say besides being whole messages: which model, and something to infer from. Every
/// method here reads bytes whose shape has been checked.
/// </summary>
internal static class TensorFlowRequests
{
    public static RequestCheck CheckPredict(byte[] request, ModelSelector route)
    {
        if (!TensorFlowShapes.PredictRequest.Matches(request)) return Incomplete("PredictRequest");
        var (address, inputs) = (new Address(), 0);
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
        var (tasks, hasExamples, namesOther) = (0, false, false);
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 2) hasExamples |= HasExamples(bytes);
            if (field != 1) continue;
            tasks++;
            var address = new Address();
            var task = new WireReader(bytes);
            while (task.TryReadField(out var inner, out var spec))
            {
                if (inner == 1) address.Read(spec, route);
            }
            if (!address.HasName) return new("A task of the MultiInferenceRequest names no model (model_spec.name).");
            namesOther |= address.NamesOther;
        }
        if (tasks == 0) return new("The MultiInferenceRequest has no tasks.");
        return hasExamples ? new(null, namesOther) : new("The MultiInferenceRequest has no examples.");
    }

    public static RequestCheck CheckModelMetadata(byte[] request, ModelSelector route) =>
        CheckAddress(request, route, TensorFlowShapes.GetModelMetadataRequest, "GetModelMetadataRequest");

    public static RequestCheck CheckModelStatus(byte[] request, ModelSelector route) =>
        CheckAddress(request, route, TensorFlowShapes.GetModelStatusRequest, "GetModelStatusRequest");

    /// <summary>A PredictResponse whose outputs are to be the inputs of this route's model.</summary>
    public static RequestCheck CheckChained(byte[] response, ModelSelector route)
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
        var (address, hasExamples) = (new Address(), false);
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) address.Read(bytes, route);
            if (field == 2) hasExamples |= HasExamples(bytes);
        }
        return address.HasName && !hasExamples ? new($"The {type} has no examples.") : address.ToCheck(type);
    }

    private static RequestCheck CheckAddress(byte[] request, ModelSelector route, MessageShape shape, string type)
    {
        if (!shape.Matches(request)) return Incomplete(type);
        var address = new Address();
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) address.Read(bytes, route);
        }
        return address.ToCheck(type);
    }

    /// <summary>Whether an Input has an example, in either of its two lists.</summary>
    private static bool HasExamples(ReadOnlySpan<byte> input)
    {
        var reader = new WireReader(input);
        while (reader.TryReadField(out _, out var list))
        {
            var examples = new WireReader(list);
            while (examples.TryReadField(out var field, out _))
            {
                if (field == 1) return true;
            }
        }
        return false;
    }

    private static RequestCheck Incomplete(string type) => new($"The bytes are not a complete {type}.");

    /// <summary>What a request's ModelSpec says.</summary>
    private struct Address
    {
        public bool HasName { get; private set; }

        public bool NamesOther { get; private set; }

        public void Read(ReadOnlySpan<byte> spec, ModelSelector route)
        {
            var reader = new WireReader(spec);
            while (reader.TryReadField(out var field, out var bytes))
            {
                if (field == 1) (HasName, NamesOther) = (bytes.Length > 0, NamesOther | !IsText(bytes, route.Name));
                else if (field == 2) NamesOther |= !IsVersion(bytes, route.Version);
                else if (field == 4) NamesOther |= !IsText(bytes, route.Label);
            }
        }

        public readonly RequestCheck ToCheck(string type) =>
            HasName ? new(null, NamesOther) : new($"The {type} names no model (model_spec.name).");

        /// <summary>Int64Value { 1 value }</summary>
        private static bool IsVersion(ReadOnlySpan<byte> message, string? version)
        {
            var reader = new WireReader(message);
            ulong value = 0;
            while (reader.TryReadTag(out _, out _) && reader.TryReadVarint(out value))
            {
                // The last one counts.
            }
            return long.TryParse(version, CultureInfo.InvariantCulture, out var number) && (long)value == number;
        }

        private static bool IsText(ReadOnlySpan<byte> utf8, string? text)
        {
            Span<byte> buffer = stackalloc byte[512];
            return text is not null && Encoding.UTF8.TryGetBytes(text, buffer, out var length) && utf8.SequenceEqual(buffer[..length]);
        }
    }
}
