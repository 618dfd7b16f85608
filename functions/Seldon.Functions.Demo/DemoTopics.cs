namespace Seldon.Functions.Demo;

/// <summary>The demo's topics: one for the requests of each protocol, and two for all that comes out.</summary>
internal static class DemoTopics
{
    public const string Results = "flowers.predictions";
    public const string Errors = "flowers.predictions.errors";
    private const string Requests = "flowers.";

    /// <summary>The topic for the requests of a protocol.</summary>
    public static string Of(string protocol) => Requests + protocol;

    /// <summary>The protocol of a topic with requests.</summary>
    public static string ProtocolOf(string topic) => topic[Requests.Length..];
}
