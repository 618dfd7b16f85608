using System.Text.Json;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary><c>seldon-functions redrive</c> as a process of its own: killed, two at a time, and what comes of the records.</summary>
public class RedriveExecutableTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const int Letters = 8000;

    [Fact]
    public async Task KilledAgainAndAgain_EachIsRedrivenOnce()
    {
        var (pipeline, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(Letters, _ => RejectionReason.ModelFailed);
        var kills = 0;
        foreach (var after in new[] { 1, 150, 700, 330, 1 })
        {
            await using var victim = Executable.Start(scene.Settings, "redrive");
            // Written, but not necessarily committed: an open transaction counts here.
            await Kafka.UntilCountAsync(pipeline.Input, await Kafka.CountAsync(pipeline.Input) + after);
            if (!victim.HasExited) kills++;
            victim.Kill();
        }
        var halfway = (await scene.ReadAsync(pipeline.Input)).Count - Letters;
        Assert.InRange(halfway, 1, Letters - 1);
        Assert.Equal(5, kills);

        var figures = await RunAsync(scene, 0, "--json");

        var marks = (await scene.ReadAsync(scene.Marks)).Count;
        TestContext.Current.TestOutputHelper!.WriteLine($"{halfway} were redriven by those that were killed, as a reader saw it; {figures}");
        Assert.Equal((Letters, Letters), (marks, figures.GetProperty("redriven").GetInt32() + figures.GetProperty("redrivenBefore").GetInt32()));
        RedriveScene.AssertSame(letters, await scene.RedrivenAsync(letters));
        Assert.Equal(0, (await RunAsync(scene, 0, "--json")).GetProperty("redriven").GetInt32());
    }

    [Fact]
    public async Task SeveralProcessesAtOnce_EachLetterIsRedrivenOnce()
    {
        var (_, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(Letters, _ => RejectionReason.ModelFailed);

        var processes = Enumerable.Range(0, 3).Select(_ => Executable.Start(scene.Settings, "redrive")).ToList();
        var codes = await Task.WhenAll(processes.Select(p => p.ExitCodeAsync()));
        var printed = string.Join(Environment.NewLine, processes.SelectMany(p => p.Lines));
        foreach (var process in processes) await process.DisposeAsync();

        Assert.True(codes.Contains(0), printed);
        Assert.True(codes.All(c => c is 0 or 1), printed);
        RedriveScene.AssertSame(letters, await scene.RedrivenAsync(letters));
    }

    [Fact]
    public async Task Sigterm_EndsBetweenTwoTransactions_AndTheNextGoesOn()
    {
        var (pipeline, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(Letters, _ => RejectionReason.ModelFailed);
        await using (var stopped = Executable.Start(scene.Settings, "redrive"))
        {
            await Kafka.UntilCountAsync(pipeline.Input, Letters + 1);
            Assert.Equal(1, await stopped.TerminateAsync());
            Assert.Contains(stopped.Lines, l => l.StartsWith("Stopped before", StringComparison.Ordinal));
        }

        await RunAsync(scene, 0, "--json");

        RedriveScene.AssertSame(letters, await scene.RedrivenAsync(letters));
    }

    [Fact]
    public async Task RedrivenRecords_AreAnswered_OrAreDeadLettersThatCanBeRedrivenAgain()
    {
        var (pipeline, scene) = NewScene();
        await pipeline.CreateTopicsAsync();
        var flowers = pipeline.Flowers(200);
        var letters = await scene.ProduceLettersAsync([.. flowers.All()], _ => RejectionReason.ModelFailed);
        // What stands on the input topic is read, as if it had been refused.
        foreach (var (partition, end) in await Kafka.EndsAsync(pipeline.Input)) await Kafka.CommitAsync(pipeline.Group, pipeline.Input, partition, end);
        await RunAsync(scene, 0, "--json");

        await using (var instance = Instance.Start(pipeline.Settings()))
        {
            // To the very end, where the mark of the last transaction stands: else the group would seem to lag forever.
            await Kafka.UntilCommittedAsync(pipeline.Group, pipeline.Input, more: () => $"{instance.Log}");
            await instance.StopAsync();
        }

        Assert.Equal(200 - flowers.BadCount, (await scene.ReadAsync(pipeline.Output)).Count);
        var redriven = await scene.RedrivenAsync(letters);
        var figures = await RunAsync(scene, 0, "--json");
        Assert.Equal((flowers.BadCount, 200), (figures.GetProperty("redriven").GetInt32(), figures.GetProperty("redrivenBefore").GetInt32()));
        Assert.Equal(200 + flowers.BadCount, (await scene.RedrivenAsync(letters)).Count);
        Assert.Equal(200, redriven.Count);
    }

    [Fact]
    public async Task InAPipe_PrintsOnlyTheFiguresAndSaysWhatIsMissing()
    {
        var (pipeline, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(10, i => i < 4 ? RejectionReason.ModelFailed : RejectionReason.InvalidJson);
        await Kafka.ProduceAsync([DeadLetter.From(letters[0] with { Topic = "gone" }, new Rejection(RejectionReason.ModelFailed, "It failed."), pipeline.Errors)]);

        await using var process = Executable.Start(scene.Settings, "redrive", "--reason", "model-failed", "--since", "2h");

        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal(
            [$"11 records of {pipeline.Errors} read:", "       4 put back", "       6 not chosen", "       1 of an input topic that is not there", "gone is not there"], process.Lines);
    }

    [Fact]
    public async Task DryRun_PrintsWhatThereIsByReasonAndInputTopic()
    {
        var (pipeline, scene) = NewScene();
        await scene.ProduceLettersAsync(10, i => i < 4 ? RejectionReason.ModelFailed : RejectionReason.InvalidJson);

        await using var process = Executable.Start(scene.Settings, "redrive", "--dry-run");

        Assert.Equal(0, await process.ExitCodeAsync());
        var width = Math.Max(8, pipeline.Input.Length);
        Assert.Equal(
            [
                $"10 records of {pipeline.Errors} read:", "      10 would be put back", "",
                $"reason        {pipeline.Input.PadLeft(width)}", $"invalid-json  {"6".PadLeft(width)}", $"model-failed  {"4".PadLeft(width)}",
            ],
            process.Lines);
    }

    [Theory]
    [InlineData("n", 1, 0)]
    [InlineData("y", 0, 10)]
    public async Task OnATerminal_ShowsWhatThereIsAndAsksFirst(string answer, int code, int redriven)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no program here that gives another one a terminal.");
        var (_, scene) = NewScene();
        var letters = await scene.ProduceLettersAsync(10, _ => RejectionReason.ModelFailed);

        await using var process = Executable.OnTerminal(scene.Settings, answer, "redrive");

        Assert.Equal(code, await process.ExitCodeAsync());
        Assert.Contains(process.Lines, l => l.Contains("Put 10 dead letters back? [y/N]", StringComparison.Ordinal));
        Assert.Equal(redriven, (await scene.RedrivenAsync(letters)).Count);
    }

    [Theory]
    [InlineData(2, "--max-redrives", "0")]
    [InlineData(2, "--reason", "no-reason")]
    [InlineData(2, "--since", "yesterday")]
    [InlineData(2, "--limit", "0")]
    public async Task WrongUsage_ExitsWithTwo(int code, params string[] arguments)
    {
        await using var process = Executable.Start(new Dictionary<string, string?>(), ["redrive", .. arguments]);
        Assert.Equal(code, await process.ExitCodeAsync());
        Assert.Contains(process.Lines, l => l.Contains(arguments[0], StringComparison.Ordinal) || l.Contains(arguments[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task WrongSettings_AreAllSaid_AndNoneOfTheModelIsAskedFor()
    {
        await using var process = Executable.Start(new Dictionary<string, string?> { ["KAFKA_GROUP_PROTOCOL"] = "x", ["KAFKA_SECURITY_PROTOCOL"] = "y" }, "redrive");
        Assert.Equal(2, await process.ExitCodeAsync());
        foreach (var setting in new[] { "KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC", "KAFKA_GROUP_PROTOCOL", "KAFKA_SECURITY_PROTOCOL" })
            Assert.Contains(process.Lines, l => l.Contains(setting, StringComparison.Ordinal));
        Assert.DoesNotContain(process.Lines, l => l.Contains("MODEL", StringComparison.Ordinal));
    }

    private static async Task<JsonElement> RunAsync(RedriveScene scene, int code, params string[] arguments)
    {
        await using var process = Executable.Start(scene.Settings, ["redrive", .. arguments]);
        var actual = await process.ExitCodeAsync();
        Assert.True(code == actual, $"It ended with {actual}: {string.Join(Environment.NewLine, process.Lines)}");
        return JsonDocument.Parse(Assert.Single(process.Lines)).RootElement;
    }

    private (Pipeline, RedriveScene) NewScene()
    {
        var pipeline = NewPipeline();
        return (pipeline, new RedriveScene(pipeline, Kafka));
    }
}
