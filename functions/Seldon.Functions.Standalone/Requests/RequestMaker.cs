using System.Text;
using System.Text.Json;
using Seldon.Functions.Demo.Messages;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Requests;

/// <summary>What a person wants to send.</summary>
/// <param name="Content">JSON, or bytes that are sent as they are over gRPC.</param>
/// <param name="Route">The name of the route; null for the topic's own.</param>
/// <param name="Topic">The input topic; null for the route's.</param>
/// <param name="Transport">REST or gRPC; null for the route's.</param>
/// <param name="ProtoName">The type of the message; null for the protocol's usual one.</param>
/// <param name="Key">The record's key, as text.</param>
/// <param name="Headers">Further headers.</param>
internal sealed record RequestToSend(
    byte[] Content, string? Route, string? Topic, Transport? Transport, string? ProtoName, string? Key, IReadOnlyList<KeyValuePair<string, string>> Headers);

/// <summary>Makes the record that carries a request.</summary>
internal static class RequestMaker
{
    private const string JsonType = "application/json";

    /// <summary>The record without its id, or what is wrong with the request.</summary>
    public static (ProducerRecord? Record, string? Problem) Make(RequestToSend request, ProcessorSettings settings)
    {
        var routes = settings.Engine.Routes;
        var route = request.Route is not null ? routes.FirstOrDefault(r => r.Name == request.Route)
            : request.Topic is null ? InputTopic.UsualRoute(settings)
            : routes.FirstOrDefault(r => r.InputTopic == request.Topic) ?? routes.FirstOrDefault(r => r.InputTopic is null);
        if (route is null) return (null, request.Route is null ? $"No route takes the topic {request.Topic}: name a route with --route." : $"--route is '{request.Route}': use one of {string.Join(", ", routes.Select(r => r.Name))}.");
        var topic = request.Topic ?? InputTopic.Of(route, settings);

        var headers = new List<Header>();
        if (request.Route is not null) headers.Add(HeaderNames.Text(HeaderNames.Model, request.Route));
        var value = request.Content;
        if (TransportOf(request, route) == Transport.Grpc)
        {
            var type = request.ProtoName ?? route.DefaultProtoName ?? Encoding.UTF8.GetString(ProtocolTable.Of(route.Protocol, route.Target).Methods[0].RequestType);
            headers.Add(HeaderNames.Text(HeaderNames.ProtoName, type));
            if (IsJson(value))
            {
                if (ToMessage(value, type, route.Model, out var problem) is not { } message) return (null, problem);
                value = message;
            }
        }
        else
        {
            headers.Add(HeaderNames.Text(HeaderNames.ContentType, JsonType));
            if (ProblemOf(value) is { } problem) return (null, problem);
        }
        headers.AddRange(request.Headers.Select(h => HeaderNames.Text(h.Key, h.Value)));
        return (new ProducerRecord(topic, 0, request.Key is null ? null : Encoding.UTF8.GetBytes(request.Key), value, headers), null);
    }

    private static Transport TransportOf(RequestToSend request, RouteOptions route)
    {
        if (request.Transport is { } chosen) return chosen;
        if (request.ProtoName is not null || !IsJson(request.Content)) return Transport.Grpc;
        if (route.Transport != Transport.Auto) return route.Transport;
        return route is { Graph: null, RestUrl: null } ? Transport.Grpc : Transport.Rest;
    }

    private static byte[]? ToMessage(byte[] json, string type, ModelSelector model, out string? problem)
    {
        problem = null;
        if (MessageTypes.Find(type) is not { } descriptor)
        {
            problem = $"JSON cannot be turned into {type}, which is not known here: send the message itself, in a file, with --file.";
            return null;
        }
        try
        {
            return RequestMessage.Make(Encoding.UTF8.GetString(json), descriptor, model);
        }
        catch (JsonMismatchException mismatch)
        {
            problem = $"{mismatch.Message} The message is {type}.";
            return null;
        }
    }

    private static string? ProblemOf(byte[] value)
    {
        try
        {
            using var json = JsonDocument.Parse(value);
            return json.RootElement.ValueKind == JsonValueKind.Object ? null : "The JSON is no object, as every request is.";
        }
        catch (JsonException malformed)
        {
            return $"The JSON cannot be read: {malformed.Message}";
        }
    }

    private static bool IsJson(byte[] content) => Encoding.UTF8.GetString(content.AsSpan(0, Math.Min(content.Length, 64))).TrimStart('\uFEFF', ' ', '\t', '\r', '\n').StartsWith('{');
}
