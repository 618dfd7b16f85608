using System.Globalization;

namespace Seldon.Functions.Models.Grpc;

/// <summary>
/// Tells the server how long a call may take, and perhaps which host is meant. For the first, the gRPC client has a deadline, but only for a time of the wall clock, which it would go on to
/// measure the call by; and that clock may be set in the middle of it.
/// </summary>
/// <param name="host">What goes out as <c>:authority</c>; null for the address's own.</param>
internal sealed class ConnectionHeaders(TimeSpan timeout, string? host, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>In milliseconds (gRPC over HTTP/2, "Timeout"); the eight digits that it may have are more than a day.</summary>
    private readonly string _text = string.Create(CultureInfo.InvariantCulture, $"{(long)timeout.TotalMilliseconds}m");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("grpc-timeout", _text);
        if (host is not null) request.Headers.Host = host;
        return base.SendAsync(request, cancellationToken);
    }
}
