using System.Globalization;

namespace Seldon.Functions.Grpc;

/// <summary>
/// Tells the server how long a call may take. The gRPC client would do it, but only for a time of the wall clock, which it would go on to
/// measure the call by; and that clock may be set in the middle of it.
/// </summary>
internal sealed class DeadlineHeader(TimeSpan timeout, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>In milliseconds (gRPC over HTTP/2, "Timeout"); the eight digits that it may have are more than a day.</summary>
    private readonly string _text = string.Create(CultureInfo.InvariantCulture, $"{(long)timeout.TotalMilliseconds}m");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("grpc-timeout", _text);
        return base.SendAsync(request, cancellationToken);
    }
}
