using System.Diagnostics;
using System.Text.Json;

namespace Seldon.Functions.Tests.Models.Faults;

/// <summary>The rule as a whole: random schedules of a server's states and of records, through the genuine endpoint in virtual time.</summary>
/// <remarks>A program of its own, since it needs a thread pool with one thread: then the clock moves only when nothing is left to do.</remarks>
public class RuleTests
{
    private const int Schedules = 100_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task RandomSchedules_NoGoodRecordIsRejected_AndNoBadOneWaitsForever()
    {
        var seed = Fuzzing.Seed.OfThisRun();
        var program = Path.Combine(AppContext.BaseDirectory, "Seldon.Functions.Simulation.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, $"{seed}", $"{Schedules}"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TimeProvider.System, TestContext.Current.CancellationToken);
            TestContext.Current.TestOutputHelper!.WriteLine($"Seed {seed}: {await output}");
            var totals = JsonDocument.Parse(await output).RootElement;

            Assert.True(process.ExitCode == 0, $"Seed {seed}: {await output}{await errors}");
            Assert.Equal(Schedules, Number("Schedules"));
            Assert.Equal((0, 0, 0), (Number("Undecided"), Number("BadAnswered"), Number("Late")));
            Assert.InRange(Number("GoodRejected"), 0, Number("Good") / 100_000);
            // So that the test looks at something.
            Assert.InRange(Number("Bad"), Schedules, long.MaxValue);

            long Number(string name) => totals.GetProperty(name).GetInt64();
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
