using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Settings;

/// <summary>Reads where model servers are: their addresses, and the host that a request names instead of the address's own.</summary>
internal static class AddressSettings
{
    private const string Form = "use scheme://host:port with http or https";

    /// <summary>The address of a REST server, perhaps with a path that stands before the protocol's own.</summary>
    public static Uri? Rest(SettingReader reader, string setting)
    {
        if (reader.Text(setting) is not { } text) return null;
        if (IsServer(text, out var uri)) return uri;
        reader.Problem(setting, $"is '{SettingReader.WithoutUserInfo(text)}'", $"{Form}, such as http://localhost:8501; a path may follow, but no query");
        return null;
    }

    /// <summary>The address of a gRPC server, whose paths are gRPC's own.</summary>
    public static Uri? Grpc(SettingReader reader, string setting)
    {
        if (reader.Text(setting) is not { } text) return null;
        if (IsServer(text, out var uri) && uri.AbsolutePath == "/") return uri;
        reader.Problem(setting, $"is '{SettingReader.WithoutUserInfo(text)}'", $"{Form} and without a path, such as http://localhost:8500; a gateway tells gRPC servers apart by host (HostHeader) or by headers");
        return null;
    }

    /// <summary>The host, perhaps with a port, that requests name.</summary>
    public static string? Host(SettingReader reader, string setting)
    {
        if (reader.Text(setting) is not { } text) return null;
        if (Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var uri) && uri is { PathAndQuery: "/", UserInfo: "", Fragment: "" }
            && uri.HostNameType != UriHostNameType.Unknown && text.All(c => c is > ' ' and <= '~' and not ('/' or '\\')))
            return text;
        reader.Problem(setting, $"is '{SettingReader.WithoutUserInfo(text)}'", "use a host name, perhaps with a port, such as model.namespace.example.com");
        return null;
    }

    /// <summary>Names an address that has the protocol's own path already, as it is copied from an example of a call.</summary>
    public static void CheckPath(SettingReader reader, string setting, Uri? rest, Protocol protocol, ModelSelector model)
    {
        var path = rest?.AbsolutePath.TrimEnd('/') ?? "";
        var own = protocol.RestMethods.SelectMany(m => Beginnings(m.Path(model))).Where(p => path.EndsWith(p, StringComparison.OrdinalIgnoreCase)).MaxBy(p => p.Length);
        if (own is not null)
            reader.Problem(setting, $"is '{rest}', which ends in the protocol's own path", $"leave out '{own}': it is added to each call");
    }

    /// <summary>The path of a call and of whatever is above it, of two parts at least.</summary>
    private static IEnumerable<string> Beginnings(string path)
    {
        yield return path;
        while (path.LastIndexOfAny(['/', ':']) is > 0 and var end && path.LastIndexOf('/', end - 1) > 0) yield return path = path[..end];
    }

    private static bool IsServer(string text, out Uri uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri!) && uri.Scheme is "http" or "https" && uri is { Query: "", UserInfo: "", Fragment: "" } && uri.Host.Length > 0 && !text.EndsWith('?');
}
