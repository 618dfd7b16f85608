using Google.Protobuf;
using Google.Protobuf.Reflection;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Options;

namespace Seldon.Functions.Demo.Messages;

/// <summary>Requests for gRPC, from JSON.</summary>
internal static class RequestMessage
{
    /// <summary>The bytes of the message; a request that names no model gets the model's name.</summary>
    /// <exception cref="JsonMismatchException">The JSON does not fit the message.</exception>
    public static byte[] Make(string json, MessageDescriptor type, ModelSelector model)
    {
        var request = JsonMessage.Read(json, type);
        if (request is ModelInferRequest { ModelName: "" } infer) infer.ModelName = model.Name;
        if (type.FindFieldByName("model_spec")?.Accessor is { } accessor)
        {
            var spec = (ModelSpec?)accessor.GetValue(request) ?? new ModelSpec();
            if (spec.Name.Length == 0) spec.Name = model.Name;
            accessor.SetValue(request, spec);
        }
        return request.ToByteArray();
    }
}
