using System.Text.Json;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>What <c>demo</c> shows at a steady rate: an outage, a redrive, and an account of every record.</summary>
public partial class DemoStoryTests
{
    [Fact]
    public async Task Outage_IsSeenAsHeldAndResumedAndEveryRecordIsAccountedFor()
    {
        using var demo = await RunAsync("--json", "--rate", "100", "--seconds", "3");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        using var json = JsonDocument.Parse(demo.Output);
        var all = json.RootElement;
        Assert.Equal((0, 0, 0), (Number(all, "lost"), Number(all, "duplicated"), Number(all, "outOfOrder")));
        Assert.Equal(["outage", "held", "outage", "resumed", "sent", "redrive"], EventsOf(all).OrderBy(RankOf));
        Assert.True(EventsOf(all).IndexOf("held") < EventsOf(all).IndexOf("resumed"));
        var account = all.GetProperty("account");
        // One of the six bad records only asks for a model that is deployed before the redrive.
        Assert.Equal((300, 295, 5), (Number(account, "sent"), Number(account, "answered"), Number(account, "deadLetters")));
        Assert.Equal((6, 1, 0), (Number(account, "redriven"), Number(account, "redrivenAnswered"), Number(account, "unanswered")));
        Assert.Equal((300, 295, 5), (Number(all, "records"), Number(all, "results"), Number(all, "deadLetters")));
        Assert.All(all.GetProperty("routes").EnumerateArray(), r => Assert.Equal(Number(r, "records"), Number(r, "results") + Number(r, "deadLetters")));
        Assert.Equal(6 + 5, all.GetProperty("rejected").GetArrayLength());
    }

    [Fact]
    public async Task InAPipe_TheStoryIsToldInPlainLinesInItsOrder()
    {
        using var demo = await RunAsync("--rate", "60", "--seconds", "5");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        Assert.DoesNotContain('\u001b', demo.Output);
        Assert.Matches(
            Story(
                "Starting a Kafka broker and a model server", "Warming up with", "outage: the model server is stopped", "held: requests wait",
                @"resumed: after [\d.]+ s, in which up to [1-9]\d* requests waited", "redrive: 6 dead letters put back", @"all +300 +295 +5 +0 .* resumed",
                @"300 requests in [\d.]+ s: 294 results, 6 dead letters", "6 redriven: 1 results now, 5 dead letters again",
                "In the end: 295 answered \\+ 5 dead letters \\+ 0 unanswered = 300", "lost 0, duplicated 0, out of order 0", "unknown-model"),
            demo.Output);
        Assert.Contains("sent: all 300 requests", demo.Output, StringComparison.Ordinal);
        Assert.InRange(demo.Output.Split('\n').Length, 20, 60);
    }

    [Fact]
    public async Task NoOutage_NothingIsHeld()
    {
        using var demo = await RunAsync("--json", "--no-outage", "--rate", "50", "--seconds", "1", "--protocol", "seldon", "--transport", "rest");

        Assert.Equal((0, ""), (demo.ExitCode, demo.Errors));
        using var json = JsonDocument.Parse(demo.Output);
        Assert.Equal(["sent", "redrive"], EventsOf(json.RootElement));
        // None of these becomes good.
        Assert.Equal((50, 45, 5, 5), (Number(json.RootElement, "records"), Number(json.RootElement, "results"), Number(json.RootElement, "deadLetters"),
            Number(json.RootElement.GetProperty("account"), "redriven")));
    }

    [Fact]
    public async Task AtOnce_HasNoStory()
    {
        using var demo = await RunAsync("--json", "--records", "30");

        using var json = JsonDocument.Parse(demo.Output);
        Assert.False(json.RootElement.TryGetProperty("account", out _) || json.RootElement.TryGetProperty("events", out _));
    }

    [Fact]
    public async Task WrongOptions_AreNamedAllAtOnce()
    {
        using var demo = await RunAsync("--rate", "0", "--seconds", "soon", "--records", "many", "--no-outage", "--http-port", "70000", "--protocol", "http");

        Assert.Equal((2, ""), (demo.ExitCode, demo.Output));
        foreach (var problem in (string[])["--rate is '0'", "--seconds is 'soon'", "--records is 'many'", "--records is given with --rate, --seconds, --no-outage", "--http-port is '70000'", "'http'"])
            Assert.Contains(problem, demo.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TooManyRecordsAtTheirRate_IsNamed()
    {
        using var demo = await RunAsync("--rate", "200000", "--seconds", "2");

        Assert.Equal(2, demo.ExitCode);
        Assert.Contains("--rate times --seconds is more than 200000 records", demo.Errors, StringComparison.Ordinal);
    }

    [Theory, InlineData(80), InlineData(40)]
    public async Task OnATerminal_TheTableFitsAndHasColoursOnlyWhereTheyAreWanted(int columns)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no program here that gives another one a terminal.");
        using var demo = OnTerminal(columns, "demo --rate 60 --seconds 2", columns == 40 ? "NO_COLOR=1" : "-u NO_COLOR");

        Assert.Equal(0, await demo.ExitCodeAsync());
        Assert.Equal(columns == 80, Colour().IsMatch(demo.Output));
        var table = Control().Replace(demo.Output, "").Split('\n', '\r').Where(l => Row().IsMatch(l)).ToList();
        Assert.All(table, line => Assert.InRange(line.TrimEnd().Length, 20, columns));
        foreach (var word in (string[])["ready", "held", "resumed"]) Assert.Contains(table, line => line.TrimEnd().EndsWith($"  {word}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CtrlCAmidAnOutage_EndsInOrder()
    {
        using var demo = HostProcess.Start(new Dictionary<string, string?>(), "demo", "--rate", "20", "--seconds", "15");
        await Until.True(() => demo.HasExited || demo.Output.Contains("held: ", StringComparison.Ordinal));

        demo.Interrupt();

        Assert.Equal(1, await demo.ExitCodeAsync());
        Assert.Equal("Stopped before the demo was over.", demo.Errors.Trim());
    }

    [Fact]
    public async Task NobodyReadsOn_EndsWithoutAnError()
    {
        using var demo = HostProcess.StartShell(
            $"dotnet {Path.Combine(AppContext.BaseDirectory, "seldon-functions.dll")} demo --rate 20 --seconds 600 | head -n 1", new Dictionary<string, string?>());

        Assert.Equal(0, await demo.ExitCodeAsync());
        Assert.Equal("", demo.Errors);
        Assert.Single(demo.Lines);
    }

    private static Task<HostProcess> RunAsync(params string[] arguments) => HostProcess.RunAsync(new Dictionary<string, string?>(), ["demo", .. arguments]);

    private static HostProcess OnTerminal(int columns, string arguments, string variable) => HostProcess.StartShell(
        $"env {variable} TERM=xterm-256color script -qec 'stty cols {columns} rows 24; dotnet {Path.Combine(AppContext.BaseDirectory, "seldon-functions.dll")} {arguments}' /dev/null < /dev/null",
        new Dictionary<string, string?>());

    private static List<string> EventsOf(JsonElement all) => [.. all.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("event").GetString()!)];

    /// <summary>The model may be back before or after the last request is sent.</summary>
    private static int RankOf(string happened) => happened switch { "sent" => 1, "redrive" => 2, _ => 0 };

    private static string Story(params string[] parts) => $"(?s){string.Join(".*", parts)}";

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    [GeneratedRegex(@"^(seldon|tensorflow|v2) (rest|grpc) ")]
    private static partial Regex Row();

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Control();

    [GeneratedRegex(@"\x1b\[[0-9;]*3[0-9]")]
    private static partial Regex Colour();
}
