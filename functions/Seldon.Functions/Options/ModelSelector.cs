namespace Seldon.Functions.Options;

/// <summary>How a model is addressed at its server.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">A version, or null for the server's choice: a whole number for TensorFlow, any text for v2. Not together with a label.</param>
/// <param name="Label">A version label of TensorFlow such as <c>stable</c>, or null.</param>
public sealed record ModelSelector(string Name, string? Version = null, string? Label = null);
