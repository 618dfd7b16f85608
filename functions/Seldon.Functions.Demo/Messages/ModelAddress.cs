using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;

namespace Seldon.Functions.Demo.Messages;

/// <summary>The model that a request names.</summary>
internal static class ModelAddress
{
    /// <summary>Names the model in a request that names none.</summary>
    public static void Fill(IMessage request, ModelSelector model)
    {
        if (request is ModelInferRequest { ModelName: "" } infer) infer.ModelName = model.Name;
        if (request.Descriptor.FindFieldByName("model_spec")?.Accessor is not { } accessor) return;
        var spec = (ModelSpec?)accessor.GetValue(request) ?? new ModelSpec();
        if (spec.Name.Length == 0) spec.Name = model.Name;
        accessor.SetValue(request, spec);
    }
}
