using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Seldon.Functions.KafkaTests;

/// <summary>Another address of a listener, such as one that is not in its certificate.</summary>
internal sealed class Door : IDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _closed = new();
    private readonly int _port;

    /// <param name="at">The address, on a free port.</param>
    /// <param name="to">host:port of the listener, on this machine.</param>
    public Door(string at, string to)
    {
        _port = int.Parse(to.Split(':')[1], CultureInfo.InvariantCulture);
        _listener = new TcpListener(IPAddress.Parse(at), 0);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => $"{_listener.LocalEndpoint}";

    public void Dispose()
    {
        _closed.Cancel();
        _listener.Dispose();
        _closed.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = JoinAsync(await _listener.AcceptTcpClientAsync(_closed.Token));
        }
        catch (OperationCanceledException)
        {
            // Closed.
        }
    }

    private async Task JoinAsync(TcpClient outside)
    {
        using var inside = new TcpClient();
        using (outside)
        {
            await inside.ConnectAsync(IPAddress.Loopback, _port);
            await Task.WhenAny(outside.GetStream().CopyToAsync(inside.GetStream(), _closed.Token), inside.GetStream().CopyToAsync(outside.GetStream(), _closed.Token));
        }
    }
}
