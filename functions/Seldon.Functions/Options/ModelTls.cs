using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Seldon.Functions.Options;

/// <summary>TLS towards a model server.</summary>
public sealed class ModelTls
{
    /// <summary>Who may have signed the server's certificate. Empty: those that the system trusts.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>Our certificate with its key, for mutual TLS; null for none.</summary>
    public X509Certificate2? Client { get; init; }

    /// <summary>The same as the HTTP client wants it.</summary>
    internal SslClientAuthenticationOptions ToSslOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (Client is not null) options.ClientCertificates = [Client];
        if (Authorities.Count == 0) return options;
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities);
        return options;
    }
}
