using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Settings;

/// <summary>Reads for how long records are retried, how far readiness is trusted, and the control request.</summary>
internal static class PatienceSettings
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static Patience Read(SettingReader reader, Func<string, string> setting) => new(
        reader.Duration(setting("GiveUpAfter"), Patience.Default.GiveUpAfter, Longest),
        reader.DurationOrNever(setting("TrustReadiness"), Patience.Default.TrustReadiness!.Value, Longest));

    /// <summary>The control request of a route that a single model answers.</summary>
    public static byte[]? ReadControl(SettingReader reader, Func<string, string> setting, Protocol protocol, RouteOptions route)
    {
        var name = setting("ControlFile");
        if (reader.Bytes(name, ControlRequest.MaxBytes) is not { } file) return null;
        var path = reader.Text(name);
        if (ControlRequest.ToRecord(file, protocol, route.Model) is null)
            reader.Problem(name, $"is '{path}', which is no request for the model '{route.Model.Name}' in the protocol {protocol.Name}", "use a file with the JSON or the protobuf message of one request that the model answers");
        else if (ControlRequest.TransportOf(file) == Transport.Rest && (route.RestUrl is null || route.Transport == Transport.Grpc))
            reader.Problem(name, $"is '{path}', which has JSON, but the route has no REST", "use the protobuf message of a request instead");
        else if (ControlRequest.TransportOf(file) == Transport.Grpc && (route.GrpcUrl is null || route.Transport == Transport.Rest))
            reader.Problem(name, $"is '{path}', which has no JSON object, but the route has no gRPC", "use the JSON of a request instead");
        return file;
    }
}
