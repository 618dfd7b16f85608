using Grpc.Core;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects.TensorFlow;

/// <summary>How TensorFlow Serving chooses a model, and what it says when it has no such one: the same over both transports.</summary>
internal static class TensorFlowModel
{
    public const string Signature = "serving_default";

    /// <summary>Null if this server has what is asked for, and why not otherwise.</summary>
    public static Refusal? Find(string name, long? version, string? label, string? signature)
    {
        if (name.Length == 0) return Refusal.Invalid("Missing model name");
        if (label is not null) return Refusal.Invalid($"Unrecognized servable version label: {label}");
        if (name != FlowerModel.Name || version is not (null or FlowerModel.Version))
            return new(StatusCode.NotFound, $"Servable not found for request: {(version is null ? $"Latest({name})" : $"Specific({name}, {version})")}");
        return signature is null or "" or Signature ? null : new(StatusCode.FailedPrecondition, $"Serving signature key \"{signature}\" not found.");
    }
}
