using Seldon.Functions.Kafka;
using Seldon.Functions.Options;

namespace Seldon.Functions.Standalone.Requests;

/// <summary>The input topic of a record whose topic nobody has named.</summary>
internal static class InputTopic
{
    /// <summary>The route that takes what no other does; else the first.</summary>
    public static RouteOptions UsualRoute(ProcessorSettings settings) => settings.Engine.Routes.FirstOrDefault(r => r.InputTopic is null) ?? settings.Engine.Routes[0];

    /// <summary>The route's own topic; else one that is no other route's.</summary>
    public static string Of(RouteOptions route, ProcessorSettings settings) =>
        route.InputTopic ?? settings.Kafka.InputTopics.Except(settings.Engine.Routes.Select(r => r.InputTopic)).FirstOrDefault() ?? settings.Kafka.InputTopics[0];
}
