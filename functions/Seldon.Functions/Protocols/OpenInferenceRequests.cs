namespace Seldon.Functions.Protocols;

/// <summary>What a ModelInferRequest must say besides being a whole message: which model, and inputs that fill their shapes.</summary>
internal static class OpenInferenceRequests
{
    public static RequestCheck CheckInfer(byte[] request, ModelSelector route)
    {
        if (!OpenInference.InferRequest.Matches(request)) return new("The bytes are not a complete ModelInferRequest.");
        var (hasName, otherName, otherVersion, inputs, raws) = (false, false, false, 0, 0);
        var reader = new WireReader(request);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) (hasName, otherName) = (bytes.Length > 0, !WireReader.IsText(bytes, route.Name));
            if (field == 2) otherVersion = bytes.Length > 0 && !WireReader.IsText(bytes, route.Version);
            if (field == 5) inputs++;
            if (field == 7) raws++;
        }
        if (!hasName) return new("The ModelInferRequest names no model (model_name).");
        if (inputs == 0) return new("The ModelInferRequest has no inputs.");
        if (raws > 0 && raws != inputs) return new($"The ModelInferRequest has {inputs} inputs, but {raws} raw_input_contents.");
        return new(FindProblem(request, raws > 0), otherName || otherVersion);
    }

    /// <summary>A ModelInferResponse whose outputs are to be the inputs of another model.</summary>
    public static RequestCheck CheckChained(byte[] response)
    {
        if (!OpenInference.InferResponse.Matches(response)) return new("The bytes are not a complete ModelInferResponse.");
        var (outputs, raws) = (0, 0);
        var reader = new WireReader(response);
        while (reader.TryReadField(out var field, out _))
        {
            if (field == 5) outputs++;
            if (field == 6) raws++;
        }
        if (outputs == 0) return new("The ModelInferResponse has no outputs that could be inputs.");
        return raws > 0 && raws != outputs ? new($"The ModelInferResponse has {outputs} outputs, but {raws} raw_output_contents.") : new(null);
    }

    /// <summary>Outputs (5) become inputs (5), their raw contents (6) too (7); the id (3) stays, and the next node's model is asked.</summary>
    public static byte[] Chain(byte[] response, ModelSelector route)
    {
        var request = new WireWriter().Text(1, route.Name);
        var reader = new WireReader(response);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field is 3 or 5) request.Bytes(field, bytes);
            if (field == 6) request.Bytes(7, bytes);
        }
        return request.ToArray();
    }

    /// <summary>Of a field that comes twice the last word counts: the name is added at the end.</summary>
    public static byte[] Readdress(byte[] request, string model) => [.. request, .. new WireWriter().Text(1, model).ToArray()];

    /// <summary>What is wrong with the first input that is wrong. Raw contents stand apart from the inputs, in the same order.</summary>
    private static string? FindProblem(byte[] request, bool hasRaw)
    {
        var inputs = new WireReader(request);
        var raws = new WireReader(request);
        for (var index = 0; TryReadNext(ref inputs, 5, out var input); index++)
        {
            ReadOnlySpan<byte> raw = default;
            if (hasRaw) TryReadNext(ref raws, 7, out raw);
            if (OpenInferenceTensor.FindProblem(input, raw, hasRaw) is { } problem) return $"Input {index} of the ModelInferRequest {problem}.";
        }
        return null;
    }

    private static bool TryReadNext(scoped ref WireReader reader, int number, out ReadOnlySpan<byte> bytes)
    {
        while (reader.TryReadField(out var field, out bytes))
        {
            if (field == number) return true;
        }
        return false;
    }
}
