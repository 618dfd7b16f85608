using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.OpenInference;

/// <summary>
/// Checks that a ModelInferRequest names a model and brings contents for each of its inputs. Whether contents suit their datatype and
/// the model is for the server to say.
/// </summary>
internal static class OpenInferenceRequests
{
    public static RequestCheck CheckInfer(byte[] request, ModelSelector route)
    {
        if (!OpenInferenceProtocol.InferRequest.Matches(request)) return new("The bytes are not a complete ModelInferRequest.");
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
        if (raws > inputs) return new($"The ModelInferRequest has {inputs} inputs, but {raws} raw_input_contents.");
        return new(FindProblem(request, inputs, raws), otherName || otherVersion);
    }

    /// <summary>A ModelInferResponse whose outputs are to be the inputs of another model.</summary>
    public static RequestCheck CheckChained(byte[] response)
    {
        if (!OpenInferenceProtocol.InferResponse.Matches(response)) return new("The bytes are not a complete ModelInferResponse.");
        var (outputs, raws) = (0, 0);
        var reader = new WireReader(response);
        while (reader.TryReadField(out var field, out _))
        {
            if (field == 5) outputs++;
            if (field == 6) raws++;
        }
        if (outputs == 0) return new("The ModelInferResponse has no outputs that could be inputs.");
        return raws > outputs ? new($"The ModelInferResponse has {outputs} outputs, but {raws} raw_output_contents.") : new(null);
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

    /// <summary>Describes what is missing; null if nothing is.</summary>
    private static string? FindProblem(byte[] request, int inputs, int raws)
    {
        var needing = 0;
        var reader = new WireReader(request);
        for (var index = 0; TryReadNext(ref reader, 5, out var bytes); index++)
        {
            var input = new OpenInferenceTensor(bytes);
            if (input.FindProblem() is { } problem) return ToProblem(index, problem);
            if (!input.NeedsRaw) continue;
            if (raws == 0) return ToProblem(index, "has no contents");
            needing++;
        }
        if (needing > raws) return $"The ModelInferRequest has {needing} inputs without contents of their own, but only {raws} raw_input_contents.";
        // With any other number, only the server knows which belongs to which.
        return raws > 0 && (raws == inputs || raws == needing) ? FindProblemOfRaw(request, isForAll: raws == inputs) : null;
    }

    /// <summary>Raw contents are apart from the inputs, in the same order: one for each input, or one for each that needs it.</summary>
    private static string? FindProblemOfRaw(byte[] request, bool isForAll)
    {
        var inputs = new WireReader(request);
        var raws = new WireReader(request);
        for (var index = 0; TryReadNext(ref inputs, 5, out var bytes); index++)
        {
            var input = new OpenInferenceTensor(bytes);
            if (!isForAll && !input.NeedsRaw) continue;
            TryReadNext(ref raws, 7, out var raw);
            if (input.FindProblemOfRaw(raw) is { } problem) return ToProblem(index, problem);
        }
        return null;
    }

    private static string ToProblem(int index, string problem) => $"Input {index} of the ModelInferRequest {problem}.";

    private static bool TryReadNext(scoped ref WireReader reader, int number, out ReadOnlySpan<byte> bytes)
    {
        while (reader.TryReadField(out var field, out bytes))
        {
            if (field == number) return true;
        }
        return false;
    }
}
