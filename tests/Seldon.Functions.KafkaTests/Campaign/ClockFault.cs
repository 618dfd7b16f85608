using System.Globalization;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// The wall clock of one of two instances is set forward by an hour, back by two, and right again. Nobody but it notices: if it fell
/// asleep, the other one would be given its partitions, and records would come out twice.
/// </summary>
internal sealed class ClockFault(string protocol)
    : FaultRow($"clock-{protocol}", $"one instance's wall clock jumps an hour forward, two back, and right again ({protocol})")
{
    private const double LongestSilence = 10;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Exact = TimeSpan.FromMinutes(5);

    public override string? Missing => SteppingClock.Missing;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        using var clock = new SteppingClock();
        await using var run = new FaultRun(this, scene, null, ("KAFKA_GROUP_PROTOCOL", protocol));
        var stepping = await clock.StartAsync(run);
        await run.Fleet.AddAsync();
        run.StartLoad();
        await run.UntilAllMoveAsync();
        var steps = 0;
        for (var round = 1; round <= scene.Scale.Repeats; round++)
        {
            foreach (var ahead in (TimeSpan[])[Hour, -Hour, TimeSpan.Zero])
            {
                run.Say($"round {round} of {scene.Scale.Repeats}: {ahead.TotalHours:+0;-0;0} h");
                clock.StepTo(ahead);
                steps++;
                await UntilPrintedAtAsync(stepping, clock);
                // After a step back, longer than a member may be silent.
                if (ahead < TimeSpan.Zero) await FaultRun.PauseAsync(scene.Scale.Silence);
                await run.UntilAllMoveAsync();
            }
        }
        var report = await run.FinishAsync();
        report.Expect(!scene.Scale.JudgesTimes || report.SilenceSeconds <= LongestSilence, $"a partition is silent for {report.SilenceSeconds} s");
        report.Note($"{steps} steps");
        return report;
    }

    /// <summary>Waits until the process has printed a line at the time that its clock has now: it has seen the step.</summary>
    private static Task UntilPrintedAtAsync(HostProcess process, SteppingClock clock) => Until.True(
        () => process.Lines.Any(l =>
            DateTimeOffset.TryParseExact(l.Split(' ')[0], "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && (at - TimeProvider.System.GetUtcNow() - clock.Ahead).Duration() < Exact),
        () => $"a line {clock.Ahead} ahead; the last: {process.Lines.LastOrDefault()}");
}
