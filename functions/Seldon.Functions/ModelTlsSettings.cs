using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Seldon.Functions;

/// <summary>Reads the PEM files for TLS towards a model server.</summary>
internal static class ModelTlsSettings
{
    public static ModelTls Read(SettingReader reader, Func<string, string> setting, params IReadOnlyList<Uri?> servers)
    {
        var (ca, certificate, key) = (reader.File(setting("CaFile")), reader.File(setting("ClientCertFile")), reader.File(setting("ClientKeyFile")));
        var first = ca is not null ? "CaFile" : certificate is not null ? "ClientCertFile" : "ClientKeyFile";
        if ((ca ?? certificate ?? key) is not null && !servers.Any(s => s?.Scheme == Uri.UriSchemeHttps))
            reader.Problem(setting(first), "is set, but no address of the model starts with https", "use https, or remove this");
        if (certificate is null != key is null)
            reader.Problem(setting(certificate is null ? "ClientCertFile" : "ClientKeyFile"), "is not set", "a client certificate and its key go together");

        var authorities = new X509Certificate2Collection();
        X509Certificate2? client = null;
        if (ca is not null) TryLoad(reader, setting("CaFile"), ca, () => authorities.ImportFromPemFile(ca));
        if (ca is not null && authorities.Count == 0 && !IsElsewhere(reader, ca)) reader.Problem(setting("CaFile"), $"is '{ca}', which holds no certificate", "name a PEM file with -----BEGIN CERTIFICATE-----");
        if (certificate is not null && key is not null)
            TryLoad(reader, setting(IsElsewhere(reader, key) ? "ClientKeyFile" : "ClientCertFile"), IsElsewhere(reader, key) ? key : certificate, () => client = X509Certificate2.CreateFromPemFile(certificate, key));
        return new ModelTls { Authorities = authorities, Client = client };
    }

    private static bool IsElsewhere(SettingReader reader, string file) => reader.FilesMayBeElsewhere && !File.Exists(file);

    private static void TryLoad(SettingReader reader, string setting, string file, Action load)
    {
        if (IsElsewhere(reader, file)) return;
        try
        {
            load();
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            reader.Problem(setting, $"is '{file}', which cannot be used", "name a PEM file, and for a client certificate the file of its own unencrypted key");
        }
    }
}
