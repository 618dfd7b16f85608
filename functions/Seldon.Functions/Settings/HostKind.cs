namespace Seldon.Functions.Settings;

/// <summary>What feeds the engine.</summary>
public enum HostKind
{
    /// <summary>The standalone host, with a consumer of our own.</summary>
    Standalone,

    /// <summary>The Azure Functions app, to which the Functions host hands batches.</summary>
    FunctionsApp,
}
