using Google.Protobuf.Reflection;
using Seldon.Functions.Demo.Wire;

namespace Seldon.Functions.Demo.Messages;

/// <summary>The messages that requests and answers consist of, by their full names.</summary>
internal static class MessageTypes
{
    private static readonly Dictionary<string, MessageDescriptor> All =
        new[] { SeldonReflection.Descriptor, TensorflowReflection.Descriptor, V2Reflection.Descriptor }.SelectMany(f => f.MessageTypes).ToDictionary(m => m.FullName);

    /// <summary>The type of this name; null if it is not known.</summary>
    public static MessageDescriptor? Find(string name) => All.GetValueOrDefault(name);
}
