using System.Net.Sockets;
using System.Security.Authentication;

namespace Seldon.Functions.Models;

/// <summary>What it means when a call ends in an exception of the HTTP client instead of a response.</summary>
internal static class TransportFailure
{
    /// <summary>HTTP/2 error code REFUSED_STREAM: the server did not look at the request (RFC 9113, section 8.7).</summary>
    private const long RefusedStream = 0x7;

    private const string NoTls = "the address says https, but the server does not speak TLS there: it may want http";

    public static Reply ToReply(Exception failure)
    {
        if (WasNothingSent(failure)) return Reply.NothingSent(Describe(failure));
        return Reply.Lost(Describe(failure));
    }

    /// <summary>Whether the failure came before any byte of the request could reach the server.</summary>
    private static bool WasNothingSent(Exception failure) => failure switch
    {
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError
                or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError or HttpRequestError.VersionNegotiationError,
        } => true,
        HttpProtocolException { ErrorCode: RefusedStream } => true,
        // SocketsHttpHandler.ConnectTimeout.
        OperationCanceledException { InnerException: TimeoutException } => true,
        { InnerException: { } inner } => WasNothingSent(inner),
        _ => false,
    };

    /// <summary>The innermost cause in a few words. The text of other exceptions may quote what was sent, so their type stands for them.</summary>
    private static string Describe(Exception failure)
    {
        var innermost = failure.GetBaseException();
        return innermost switch
        {
            // The first bytes of the answer are no TLS: plain HTTP, mostly.
            AuthenticationException { Message: var text } when text.Contains("corrupted frame", StringComparison.Ordinal) => NoTls,
            IOException and not HttpIOException when IsHandshake(failure) => "the TLS handshake broke off: the server may not speak TLS there, or may want a client certificate",
            // Says what is wrong with the certificate.
            AuthenticationException tls => tls.Message.TrimEnd('.'),
            SocketException socket => socket.SocketErrorCode.ToString(),
            HttpIOException { HttpRequestError: HttpRequestError.HttpProtocolError } => "HttpProtocolError: it may not speak HTTP/2",
            HttpIOException http => http.HttpRequestError.ToString(),
            HttpRequestException http => http.HttpRequestError.ToString(),
            _ => innermost.GetType().Name,
        };
    }

    private static bool IsHandshake(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } || (failure.InnerException is { } inner && IsHandshake(inner));
}
