namespace Seldon.Functions.Options;

/// <summary>What the engine is set to do. Made from the settings by <c>ProcessorSettings</c>, which has checked it.</summary>
public sealed class EngineOptions
{
    /// <summary>The routes; at least one.</summary>
    public required IReadOnlyList<RouteOptions> Routes { get; init; }
}
