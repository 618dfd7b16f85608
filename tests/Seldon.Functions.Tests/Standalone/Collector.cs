using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>An OpenTelemetry collector as far as exporters see it: takes what is posted over HTTP, and keeps it.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _posts = new();
    private readonly Task _serving;

    public Collector()
    {
        var port = ObservedHost.FreePort();
        Url = $"http://127.0.0.1:{port}";
        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Url { get; }

    /// <summary>The paths that anything was posted to.</summary>
    public IEnumerable<string> Paths => _posts.Select(p => p.Path).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Whether a message that was posted to this path contains the text.</summary>
    public bool Has(string path, string text) => _posts.Any(p => p.Path == path && p.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    public void Dispose()
    {
        _listener.Stop();
        Assert.True(_serving.Wait(TimeSpan.FromSeconds(10)));
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Assert.Equal("application/x-protobuf", context.Request.ContentType);
                _posts.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.Close();
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException || (ended is InvalidOperationException && !_listener.IsListening))
        {
            // The test is over.
        }
    }
}
