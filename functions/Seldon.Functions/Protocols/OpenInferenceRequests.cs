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
