using System.Diagnostics;
using System.Globalization;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.App;

/// <summary>What becomes of worker and batch when the host's process ends: killed, or told to, with and without draining.</summary>
public class OrphanTests
{
    private const string Program = "Seldon.Functions.TriggerLoop.dll";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>The worker would publish what is answered later: nothing of it may come while, or after, the next host has the batch.</summary>
    [Fact]
    public async Task HostIsKilledWithinABatch_WorkerIsGoneAndPublishesNothingMore()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var released = new TaskCompletionSource();
        bed.Bed.Model.Script = _ => Reactions.HangUntil(released.Task);
        var inputs = Input.Spread(4, 50);
        await bed.Bed.ProduceAsync(inputs);
        using var first = HostProcess.StartProgram(Program, bed.SettingsWith());
        await Until.True(() => bed.Bed.Model.Calls.Count >= 16);
        var worker = Worker(first);
        Assert.True(IsAlive(worker));

        var start = Stopwatch.GetTimestamp();
        await first.KillAsync();
        await Until.True(() => !IsAlive(worker));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, Longest);

        using var second = HostProcess.StartProgram(Program, bed.SettingsWith());
        await Until.True(() => second.Output.Contains("begin", StringComparison.Ordinal));
        released.SetResult();
        using var published = bed.Bed.Read();
        await Account.EachOnceInOrderAsync(inputs, published, () => Until.True(() => bed.Bed.Committed().Sum() == inputs.Count));
        second.Terminate();
        Assert.Equal(0, await second.ExitCodeAsync());
        Assert.False(IsAlive(Worker(second)));
    }

    /// <summary>A script that starts the host may end without it; the worker's parent is the host.</summary>
    [Fact]
    public async Task ShellThatStartedTheHostIsKilled_WorkerGoesOnUntilTheHostIs()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        using var shell = HostProcess.StartShell($"dotnet {Path.Combine(AppContext.BaseDirectory, Program)} & echo host $!; wait", bed.SettingsWith());
        await Until.True(() => shell.Output.Contains("worker ", StringComparison.Ordinal) && shell.Output.Contains("host ", StringComparison.Ordinal));
        var (host, worker) = (Number(shell, "host "), Worker(shell));
        shell.Kill();

        var inputs = Input.Many(0, 20).ToList();
        await bed.Bed.ProduceAsync(inputs);
        using var published = bed.Bed.Read();
        await published.UntilSources(inputs.Count);
        Assert.True(IsAlive(worker));
        using (var process = Process.GetProcessById(host)) process.Kill();

        await Until.True(() => !IsAlive(host));
        await Until.True(() => !IsAlive(worker));
    }

    [Theory, InlineData(true, "done"), InlineData(false, "failed")]
    public async Task HostIsToldToEndWithinABatch_DrainingFinishesIt(bool drains, string end)
    {
        await using var bed = await FunctionBed.CreateAsync();
        var released = new TaskCompletionSource();
        bed.Bed.Model.Script = Latency.HoldBack(call => call.Says("\"3-49\""), released.Task);
        var inputs = Input.Spread(4, 50);
        await bed.Bed.ProduceAsync(inputs);
        var settings = bed.SettingsWith(("FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING", drains ? "true" : null));
        using var first = HostProcess.StartProgram(Program, settings);
        using var published = bed.Bed.Read();
        await published.UntilSources(inputs.Count - 1);

        first.Terminate();
        if (drains) released.SetResult();
        Assert.Equal(0, await first.ExitCodeAsync());
        released.TrySetResult();
        Assert.False(IsAlive(Worker(first)));
        Assert.Equal(end, first.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Split(' ')[0]);
        await published.UntilEnd();
        Assert.Equal(drains ? inputs.Count : inputs.Count - 1, published.All.Count);

        using var second = HostProcess.StartProgram(Program, settings);
        await Until.True(() => bed.Bed.Committed().Sum() == inputs.Count);
        await published.UntilEnd();
        Account.NothingIsLost(inputs, published);
    }

    private static int Worker(HostProcess host) => Number(host, "worker ");

    private static int Number(HostProcess process, string word) => int.Parse(
        process.Output.Split('\n').Single(l => l.StartsWith(word, StringComparison.Ordinal))[word.Length..], CultureInfo.InvariantCulture);

    /// <summary>Whether it runs: one that has ended may be listed until its parent, which is nobody's care here, has asked for it.</summary>
    private static bool IsAlive(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
