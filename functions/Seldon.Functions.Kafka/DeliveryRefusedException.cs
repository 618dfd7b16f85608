namespace Seldon.Functions.Kafka;

/// <summary>The broker does not let this program deliver as the settings say. The message names the setting and the fix.</summary>
public sealed class DeliveryRefusedException : Exception
{
    /// <summary>Without a reason.</summary>
    public DeliveryRefusedException()
    {
    }

    /// <summary>With the reason and the fix.</summary>
    public DeliveryRefusedException(string message) : base(message)
    {
    }

    /// <summary>With the reason and the fix, and what led to it.</summary>
    public DeliveryRefusedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
