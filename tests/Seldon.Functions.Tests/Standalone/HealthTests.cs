using System.Net;
using System.Net.Sockets;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>What an orchestrator is told: whether the process is alive, and whether it is in its group.</summary>
public class HealthTests
{
    [Fact]
    public async Task BrokerIsDownAtStart_AliveButNotReady_AndReadyOnlyWhileItIsThere()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Broker.SetBrokerDown(1);
        using var host = await ObservedHost.StartAsync(bed);
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await host.GetAsync("/health/live"));
        await host.UntilNotReady($"not ready: the brokers of {bed.Broker.BootstrapServers} or the input topics are not there yet\n");

        bed.Broker.SetBrokerUp(1);
        await host.UntilReady();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await host.GetAsync("/health/ready"));

        bed.Broker.SetBrokerDown(1);
        await host.UntilNotReady($"no broker of {bed.Broker.BootstrapServers} can be reached\n");
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/health/live")).Status);

        bed.Broker.SetBrokerUp(1);
        await host.UntilReady();
        Assert.Equal(HttpStatusCode.NotFound, (await host.GetAsync("/nothing")).Status);
        host.Process.Terminate();
        Assert.Equal(0, await host.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task ModelIsDownFromTheStart_ReadyNevertheless()
    {
        await using var bed = await TestBed.CreateAsync();
        await bed.Model.StopAsync();
        using var host = await ObservedHost.StartAsync(bed);

        await host.UntilMetrics(m => m["""seldon_functions_gate_closed{seldon_route="default",seldon_transport="rest"}"""] == 1);
        await host.UntilReady();
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await host.GetAsync("/health/live"));
    }

    /// <summary>What an update of a deployment meets that has as many instances as there are partitions and starts one more.</summary>
    [Fact]
    public async Task OneInstanceMoreThanPartitions_IsNotReadyUntilAnotherLeaves()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        using var first = await ObservedHost.StartAsync(bed);
        await first.UntilReady();
        using var second = await ObservedHost.StartAsync(bed);
        await second.UntilNotReady("the group has not yet given this member its partitions");

        first.Process.Terminate();

        await second.UntilReady();
    }

    [Fact]
    public async Task PortIsInUse_ExitCode2AndOneLineWithoutAStackTrace()
    {
        await using var bed = await TestBed.CreateAsync();
        using var other = new TcpListener(IPAddress.Any, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        using var host = await HostProcess.RunAsync(bed.SettingsWith(("SELDON_HTTP_PORT", $"{port}")), "run");

        Assert.Equal(2, host.ExitCode);
        Assert.Contains($"SELDON_HTTP_PORT is '{port}', a port that another process has: use another", host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors + host.Output, StringComparison.Ordinal);
    }

    [Theory, InlineData("0"), InlineData("65536"), InlineData("http")]
    public async Task PortIsNone_ExitCode2AndSaysWhichAre(string port)
    {
        await using var bed = await TestBed.CreateAsync();

        using var host = await HostProcess.RunAsync(bed.SettingsWith(("SELDON_HTTP_PORT", port)), "run");

        Assert.Equal(2, host.ExitCode);
        Assert.Contains($"SELDON_HTTP_PORT is '{port}': use a whole number from 1 to 65535, or leave it out for none.", host.Errors, StringComparison.Ordinal);
    }
}
