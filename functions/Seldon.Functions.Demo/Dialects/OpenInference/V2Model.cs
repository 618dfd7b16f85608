using Grpc.Core;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Dialects.OpenInference;

/// <summary>How the V2 protocol chooses a model and describes its tensors: the same over both transports.</summary>
internal static class V2Model
{
    public const string Version = "1";

    /// <summary>The type of the model's tensors.</summary>
    public const string Float = "FP32";

    /// <summary>Null if this server has the model, and why not otherwise.</summary>
    /// <param name="version">Empty for the server's choice.</param>
    public static Refusal? Find(string name, string version)
    {
        if (name != FlowerModel.Name) return new(StatusCode.NotFound, $"Model {name} not found");
        return version is "" or Version ? null : new(StatusCode.NotFound, $"Model {name} with version {version} not found");
    }

    /// <summary>What is wrong with a request's inputs; null if nothing.</summary>
    public static string? ProblemOf(IReadOnlyList<InferInputTensor> inputs, float[] values)
    {
        if (inputs is not [{ Name: FlowerModel.InputName } input]) return $"The model takes one input, {FlowerModel.InputName}";
        return input.Datatype == Float
            ? FlowerModel.ProblemOf([.. input.Shape], values)
            : $"{FlowerModel.InputName} has the type {input.Datatype} instead of {Float}";
    }
}
