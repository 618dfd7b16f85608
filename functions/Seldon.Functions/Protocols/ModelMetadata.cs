namespace Seldon.Functions.Protocols;

/// <summary>What a model takes and gives, as its server says.</summary>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Outputs">Its outputs.</param>
internal sealed record ModelMetadata(IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs)
{
    /// <summary>Whether dimension 0 of every input is open, so that the rows of several records can share a call.</summary>
    public bool IsOpen => Inputs.Count > 0 && Inputs.All(i => i.Shape is [-1, ..]);
}

/// <summary>An input or output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements, in the protocol's own spelling.</param>
/// <param name="Shape">Its dimensions, -1 for one that is open; null if even their number is.</param>
internal sealed record TensorMetadata(string Name, string Type, IReadOnlyList<long>? Shape)
{
    public override string ToString() => $"{Name} {Type}{(Shape is null ? "" : $" [{string.Join(',', Shape)}]")}";
}
