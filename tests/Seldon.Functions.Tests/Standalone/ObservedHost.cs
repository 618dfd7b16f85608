using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The real executable with <c>SELDON_HTTP_PORT</c>, seen from outside.</summary>
internal sealed class ObservedHost : IDisposable
{
    private readonly HttpClient _client;

    private ObservedHost(HostProcess process, int port) =>
        (Process, _client) = (process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") });

    public HostProcess Process { get; }

    public Uri Address => _client.BaseAddress!;

    public static async Task<ObservedHost> StartAsync(TestBed bed, params (string Name, string? Value)[] settings)
    {
        var port = FreePort();
        var host = new ObservedHost(HostProcess.Start(bed.SettingsWith([.. settings, ("SELDON_HTTP_PORT", $"{port}")]), "run"), port);
        await Until.True(() => host.Process.HasExited || host.Process.Output.Contains("Answering on port", StringComparison.Ordinal));
        Assert.False(host.Process.HasExited, host.Process.Errors);
        return host;
    }

    /// <summary>A port that nobody has at the moment.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<Exposition> ScrapeAsync()
    {
        var (status, text) = await GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, status);
        return Exposition.Parse(text);
    }

    /// <summary>The same as OpenMetrics.</summary>
    public async Task<string> ScrapeOpenMetricsAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text;version=1.0.0"));
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async Task UntilMetrics(Func<Exposition, bool> condition)
    {
        Exposition? last = null;
        await UntilAsync(async () => condition(last = await ScrapeAsync()), () => string.Join('\n', last!.Of("seldon_functions_records_total").Where(s => s.Value > 0)));
    }

    public Task UntilReady() => UntilAsync(async () => (await GetAsync("/health/ready")).Status == HttpStatusCode.OK, () => "ready");

    public Task UntilNotReady(string why) =>
        UntilAsync(async () => await GetAsync("/health/ready") is (HttpStatusCode.ServiceUnavailable, var text) && text.Contains(why, StringComparison.Ordinal), () => $"not ready: {why}");

    public void Dispose()
    {
        TestContext.Current.TestOutputHelper?.WriteLine(Process.Output + Process.Errors);
        Process.Dispose();
        _client.Dispose();
    }

    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> what)
    {
        for (var turn = 0; !await condition(); turn++)
        {
            if (turn > 600) Assert.Fail($"Not within 30 s: {what()}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
