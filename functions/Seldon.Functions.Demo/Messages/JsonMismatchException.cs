namespace Seldon.Functions.Demo.Messages;

/// <summary>JSON that does not fit a message: which member, and why.</summary>
internal sealed class JsonMismatchException(string message) : Exception(message);
