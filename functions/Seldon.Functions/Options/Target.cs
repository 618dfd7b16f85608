namespace Seldon.Functions.Options;

/// <summary>What answers at the route's address.</summary>
public enum Target
{
    /// <summary>A model server or a model container.</summary>
    Model,

    /// <summary>The front door of a SeldonDeployment, with Seldon's external paths.</summary>
    FrontDoor,
}
