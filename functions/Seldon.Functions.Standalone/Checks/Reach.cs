using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>Tries a host and port below Kafka's protocol: its name, its port, and whether TLS is spoken there.</summary>
internal static class Reach
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PatienceWithTls = TimeSpan.FromSeconds(10);

    /// <summary>Why the port cannot be reached, and what to do; null if it can.</summary>
    public static async Task<(string Why, string Fix)?> TryAsync(string host, int port, CancellationToken cancellationToken)
    {
        try
        {
            if ((await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false)).Length == 0) return NoName(host);
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, cancellationToken).AsTask().WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData)
        {
            return NoName(host);
        }
        catch (SocketException failure)
        {
            return ($"nothing answers on port {port} ({failure.SocketErrorCode})", "start the broker, or correct the port");
        }
        catch (TimeoutException)
        {
            return ($"port {port} does not answer within {Patience.TotalSeconds} s", "look for a firewall or a network policy between this machine and the broker");
        }
    }

    /// <summary>Whether somebody speaks TLS there. Nothing is sent, so no certificate has to be trusted.</summary>
    public static async Task<bool> SpeaksTlsAsync(string host, int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, cancellationToken).AsTask().WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
#pragma warning disable CA5359 // Only whether there is a handshake is of interest.
            var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await using var _ = tls.ConfigureAwait(false);
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancellationToken).WaitAsync(PatienceWithTls, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is SocketException or IOException or AuthenticationException or TimeoutException)
        {
            return false;
        }
    }

    private static (string, string) NoName(string host) => ($"the name {host} cannot be resolved", "correct the name, or look at the DNS settings of this machine");
}
