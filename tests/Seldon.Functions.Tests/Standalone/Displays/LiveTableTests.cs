using System.Text.RegularExpressions;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.StatusPage;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone.Displays;

/// <summary>What <c>run</c> shows on a terminal besides its log.</summary>
public partial class LiveTableTests
{
    [Theory]
    [InlineData(100, "model                     results  results/s  dead letters  in flight   p99 ms  state")]
    [InlineData(80, "model                     results  results/s  dead letters  in flight  state")]
    [InlineData(60, "model                     results  results/s  state")]
    [InlineData(40, "model                   state")]
    [InlineData(20, "model")]
    public void Width_DecidesWhichColumnsThereAre(int width, string titles) => Assert.Equal(titles, Text(Status(2), width, 24).First());

    [Theory, InlineData(100, 24), InlineData(40, 10), InlineData(20, 5), InlineData(20, 1)]
    public void FiftyRoutes_FitIntoTheTerminal(int width, int height)
    {
        var lines = Text(Status(50), width, height);

        Assert.All(lines, l => Assert.InRange(l.Length, 1, width));
        Assert.InRange(lines.Count, 1, Math.Max(4, height));
        Assert.Contains(lines, l => l.StartsWith("and ", StringComparison.Ordinal));
    }

    [Fact]
    public void Row_SaysWhatWaitsAndHowManyCallsMayBe()
    {
        var lines = Text(Status(2), 100, 24);

        Assert.Equal("route-0 rest                 1000         12             3       5/64     12.5  ready", lines[1]);
        Assert.Equal("route-0 grpc" + new string(' ', 53) + "5/64     12.5  waiting", lines[2]);
        Assert.Equal("lag 12, 3 records in flight, 2 partitions", lines[^1]);
    }

    [Fact]
    public void LineOfTheLog_ComesAboveTheTable()
    {
        using var terminal = new StringWriter();
        using var screen = new LiveScreen(terminal);

        screen.Show(["a", "b"]);
        screen.WriteLine("log");
        screen.Write("half");
        screen.Show(["c"]);
        screen.Write(" whole\n");

        Assert.Equal("a\nb\n\e[2F\e[Jlog\na\nb\n\e[2F\e[Jhalf whole\nc\n", terminal.ToString().ReplaceLineEndings("\n"));
    }

    [Theory, InlineData(100, false), InlineData(40, true)]
    public async Task Terminal_ShowsTheTableBelowTheLog(int columns, bool noColor)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no script(1) with these options.");
        await using var bed = await TestBed.CreateAsync();
        await bed.ProduceAsync([.. Input.Many(0, 20), Input.Of(0, null, "not JSON")]);
        var settings = bed.SettingsWith(("TERM", "xterm-256color"), ("NO_COLOR", noColor ? "1" : null));
        var program = Path.Combine(AppContext.BaseDirectory, "seldon-functions.dll");
        using var host = HostProcess.StartShell($"exec script -qefc 'stty cols {columns} rows 24; exec dotnet {program} run' /dev/null", settings);

        const string Rejected = "Dead letter: in/0/20 is rejected (invalid-json)";
        await Until.True(() => host.HasExited || (Plain(host.Output) is var all && all.Contains(Rejected, StringComparison.Ordinal) && all.Contains(columns == 100 ? "default grpc" + new string(' ', 19) + "20" : "default rest            ready", StringComparison.Ordinal)));

        Assert.False(host.HasExited, host.Output + host.Errors);
        var table = Plain(host.Output);
        Assert.All(table.Split('\n').Where(l => l.StartsWith("default", StringComparison.Ordinal)), l => Assert.InRange(l.TrimEnd('\r').Length, 1, columns - 1));
        // Colours of the table are those of 256; the log has its own.
        Assert.Equal(!noColor && columns == 100, host.Output.Contains("\e[38;5;", StringComparison.Ordinal));

        // script(1) hands it on to the program.
        host.Terminate();
        await host.ExitCodeAsync();
    }

    [Fact]
    public async Task Pipe_IsQuiet()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await ObservedHost.StartAsync(bed);
        await host.UntilReady();

        Assert.DoesNotContain("results/s", host.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', host.Process.Output);
    }

    private static string Plain(string output) => Escape().Replace(output, "");

    private static List<string> Text(StatusDocument status, int width, int height) =>
        [.. RunTable.Lines(status, width, height).Select(l => string.Concat(l.Select(p => p.Text)).TrimEnd())];

    private static StatusDocument Status(int routes)
    {
        var now = DateTimeOffset.UnixEpoch;
        EndpointStatus Endpoint(string transport, string gate) => new(null, transport, 5, 64, 12, 0.01, 0.0125, gate, now);
        return new StatusDocument(
            "1", now, now, "g", null,
            [.. Enumerable.Range(0, routes).Select(i => new RouteStatus($"route-{i}", 1000, 3, 12, 0.1, [Endpoint("rest", "open"), Endpoint("grpc", "closed")]))],
            [new PartitionStatus("in", 0, 12, 3, 0), new PartitionStatus("in", 1, null, 0, 0)], new DeadLetterStatus(new Dictionary<string, long>(), []), 5, []);
    }

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escape();
}
