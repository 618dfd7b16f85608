using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Seldon.Functions.Options;

namespace Seldon.Functions.Settings;

/// <summary>Reads the PEM files for TLS towards a model server.</summary>
internal static class ModelTlsSettings
{
    public static ModelTls Read(SettingReader reader, Func<string, string> setting, params IReadOnlyList<Uri?> servers)
    {
        var ca = reader.File(setting("CaFile"), out var hasCa);
        var certificate = reader.File(setting("ClientCertFile"), out var hasCertificate);
        var key = reader.File(setting("ClientKeyFile"), out var hasKey);
        var first = ca is not null ? "CaFile" : certificate is not null ? "ClientCertFile" : "ClientKeyFile";
        if ((ca ?? certificate ?? key) is not null && !servers.Any(s => s?.Scheme == Uri.UriSchemeHttps))
            reader.Problem(setting(first), "is set, but no address of the model starts with https", "use https, or remove this");
        if (certificate is null != key is null)
            reader.Problem(setting(certificate is null ? "ClientCertFile" : "ClientKeyFile"), "is not set", "a client certificate and its key go together");

        var authorities = new X509Certificate2Collection();
        X509Certificate2? client = null;
        // A file that cannot be read was named already.
        if (hasCa && TryLoad(reader, setting("CaFile"), ca!, () => authorities.ImportFromPemFile(ca!)) && authorities.Count == 0)
            reader.Problem(setting("CaFile"), $"is '{ca}', which holds no certificate", "name a PEM file with -----BEGIN CERTIFICATE-----");
        if (hasCertificate && hasKey)
            TryLoad(reader, setting("ClientCertFile"), certificate!, () => client = X509Certificate2.CreateFromPemFile(certificate!, key!));
        return new ModelTls { Authorities = authorities, Client = client };
    }

    private static bool TryLoad(SettingReader reader, string setting, string file, Action load)
    {
        try
        {
            load();
            return true;
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            reader.Problem(setting, $"is '{file}', which cannot be used", "name a PEM file, and for a client certificate the file of its own unencrypted key");
            return false;
        }
    }
}
