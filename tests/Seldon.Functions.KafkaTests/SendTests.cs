using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Seldon.Functions.KafkaTests;

/// <summary><c>send</c> and <c>peek</c> beside a running processor, in every protocol over each transport.</summary>
public class SendTests(KafkaFixture kafka) : KafkaTest(kafka)
{
    private const string Instances = """{"instances":[[5.1,3.5,1.4,0.2]]}""";

    [Theory]
    [InlineData("seldon", "rest", """{"data":{"ndarray":[[5.1,3.5,1.4,0.2]]}}""", "setosa")]
    [InlineData("seldon", "grpc", """{"data":{"ndarray":[[5.1,3.5,1.4,0.2]]}}""", "setosa")]
    [InlineData("tensorflow", "rest", Instances, "\"predictions\":[[0.99")]
    [InlineData("tensorflow", "grpc", """{"inputs":{"features":{"dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":1},{"size":4}]},"floatVal":[5.1,3.5,1.4,0.2]}}}""", "\"floatVal\": [ 0.99")]
    [InlineData("v2", "rest", """{"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}""", "\"data\":[0.99")]
    [InlineData("v2", "grpc", """{"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","contents":{"fp32Contents":[5.1,3.5,1.4,0.2]}}]}""", "\"fp32Contents\": [ 0.99")]
    public async Task Request_ComesBackDecoded(string protocol, string transport, string json, string answer)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var settings = pipeline.Settings(("SELDON_PROTOCOL", protocol));
        await using var instance = Instance.Start(settings);

        var (code, lines) = await RunAsync(settings, "send", "--transport", transport, "--json", json, "--key", "k");

        Assert.True(code == 0, string.Join(Environment.NewLine, lines));
        Assert.StartsWith($"result {pipeline.Output}/", lines[0], StringComparison.Ordinal);
        Assert.Contains(answer, lines[1], StringComparison.Ordinal);
        var row = JsonDocument.Parse(Assert.Single((await RunAsync(settings, "peek", "results", "--json")).Lines)).RootElement;
        Assert.Equal("k", row.GetProperty("key").GetString());
        Assert.Equal(JsonValueKind.Object, row.GetProperty("value").ValueKind);
    }

    [Theory, InlineData("seldon"), InlineData("tensorflow"), InlineData("v2")]
    public async Task FilesWithMessages_AreSentAsTheyAre(string protocol)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        var settings = pipeline.Settings(("SELDON_PROTOCOL", protocol));
        await using var instance = Instance.Start(settings);

        foreach (var ending in new[] { "json", "pb" })
        {
            var (code, lines) = await RunAsync(settings, "send", "--file", Path.Combine(Repository.Root, $"samples/payloads/{protocol}.{ending}"));
            Assert.True(code == 0, string.Join(Environment.NewLine, lines));
        }
        Assert.Equal(2, await Kafka.CountAsync(pipeline.Output));
    }

    [Fact]
    public async Task Several_AreCounted_AndBadOnesAreDeadLettersWithTheirReason()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync();
        await using var instance = Instance.Start(pipeline.Settings());

        var (code, lines) = await RunAsync(pipeline.Settings(), "send", "--json", Instances, "--count", "50", "--rate", "500");
        var (badCode, bad) = await RunAsync(pipeline.Settings(), "send", "--json", """{"instances":[[5.1]]}""", "--output", "json");

        Assert.Equal((0, 3), (code, lines.Count));
        Assert.StartsWith("50 sent, 50 results, 0 dead letters, 0 unanswered. Results after ", lines[^1], StringComparison.Ordinal);
        Assert.Equal(1, badCode);
        Assert.Equal("refused-by-model", JsonDocument.Parse(Assert.Single(bad)).RootElement.GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("inputs.x.floatVal[0] is 1e39, which is too large for float32.", "--transport", "grpc", "--json", """{"inputs":{"x":{"floatVal":[1e39]}}}""")]
    [InlineData("did you mean floatVal?", "--proto-name", "tensorflow.serving.PredictRequest", "--json", """{"inputs":{"x":{"floatVals":[1]}}}""")]
    [InlineData("cannot be turned into no.such.Type", "--proto-name", "no.such.Type", "--json", "{}")]
    [InlineData("The JSON is no object", "--transport", "rest", "--json", "[1]")]
    [InlineData("The JSON cannot be read", "--transport", "rest", "--json", "{")]
    [InlineData("--route is 'x': use one of default.", "--route", "x", "--json", "{}")]
    [InlineData("use name=value", "--header", "x", "--json", "{}")]
    [InlineData("with --json or with --file", "--key", "x")]
    [InlineData("which is not there", "--file", "no-such-file")]
    public async Task RequestThatCannotBeSent_IsNamed_AndNothingIsSent(string problem, params string[] arguments)
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);

        var (code, lines) = await RunAsync(pipeline.Settings(), ["send", .. arguments]);

        Assert.Equal(2, code);
        Assert.Contains(lines, l => l.Contains(problem, StringComparison.Ordinal));
        Assert.Equal(0, await Kafka.CountAsync(pipeline.Input));
    }

    [Fact]
    public async Task NobodyAnswers_SaysWhereTheRequestIs()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);

        var (code, lines) = await RunAsync(pipeline.Settings(), "send", "--json", Instances, "--timeout", "1s");

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.Contains($"1 of 1 have no answer within 1 s. The last one is {pipeline.Input}/0/0", StringComparison.Ordinal));
        Assert.Equal(1, await Kafka.CountAsync(pipeline.Input));
    }

    [Fact]
    public async Task CtrlC_EndsWaitingForAnAnswer()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await using var send = Executable.Start(pipeline.Settings(), "send", "--json", Instances);
        await send.UntilPrintedAsync("Is 'run' running with the same settings?");

        Assert.Equal(1, await send.TerminateAsync());
        Assert.Contains("Stopped before all were answered.", send.Lines);
    }

    [Fact]
    public async Task CtrlC_EndsACheckOfABrokerThatDoesNotAnswer()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var check = Executable.Start(NewPipeline().Settings(("KAFKA_BROKER", $"{silent.LocalEndpoint}")), "check");
        await check.UntilPrintedAsync("settings:");

        Assert.Equal(1, await check.TerminateAsync());
        Assert.Equal("Stopped before everything was checked.", check.Lines.Last());
    }

    [Theory, InlineData("send", "--json", Instances), InlineData("peek", "results"), InlineData("peek", "input")]
    public async Task TopicsAreMissing_EndsWithOne(params string[] arguments)
    {
        var (code, lines) = await RunAsync(NewPipeline().Settings(), arguments);

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.StartsWith("The topic t-", StringComparison.Ordinal));
    }

    [Theory, InlineData("send", "--json", Instances), InlineData("peek", "errors")]
    public async Task NoBrokerAnswers_EndsWithOne(params string[] arguments)
    {
        var (code, lines) = await RunAsync(NewPipeline().Settings(("KAFKA_BROKER", "127.0.0.1:1")), arguments);

        Assert.Equal(1, code);
        Assert.Contains(lines, l => l.StartsWith("Kafka at 127.0.0.1:1: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LastRecords_AreChosenByReasonAndKey_AndOthersDoNotBreakIt()
    {
        var pipeline = NewPipeline();
        var letters = await new RedriveScene(pipeline, Kafka).ProduceLettersAsync(60, i => i % 3 == 0 ? Records.RejectionReason.ModelFailed : Records.RejectionReason.InvalidJson);
        await Kafka.ProduceAsync([new(pipeline.Errors, 0, null, [0xff, 0x1b], [new("seldon-error-reason", null)]), new(pipeline.Errors, 1, [], null, [])]);

        var all = await RunAsync(pipeline.Settings(), "peek", "errors", "--last", "100");
        var failed = await RunAsync(pipeline.Settings(), "peek", "errors", "--reason", "model-failed", "--last", "15");
        var none = await RunAsync(pipeline.Settings(), "peek", "errors", "--key", "no such key");

        Assert.Equal((0, letters.Count + 2), (all.Code, all.Lines.Count));
        Assert.Contains(all.Lines, l => l.EndsWith("2 bytes: ff1b", StringComparison.Ordinal));
        Assert.Equal(15, failed.Lines.Count);
        Assert.All(failed.Lines, l => Assert.Contains("model-failed", l, StringComparison.Ordinal));
        Assert.Equal((0, "There are no such records."), (none.Code, Assert.Single(none.Lines)));
    }

    [Fact]
    public async Task Following_ShowsWhatComes_AndCtrlCEndsIt()
    {
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync([new(pipeline.Input, 0, null, "{\"first\":1}"u8.ToArray(), [])]);
        await using var peek = Executable.Start(pipeline.Settings(), "peek", "input", "--follow");
        await peek.UntilPrintedAsync("first");

        await Kafka.ProduceAsync([new(pipeline.Input, 0, null, "{\"second\":2}"u8.ToArray(), [])]);

        await peek.UntilPrintedAsync("second");
        Assert.Equal(0, await peek.TerminateAsync());
        Assert.Equal(2, peek.Lines.Count);
    }

    [Fact]
    public async Task PipedToHead_EndsWhenHeadHasEnough()
    {
        Assert.SkipUnless(File.Exists("/bin/sh"), "There is no shell here.");
        var pipeline = NewPipeline();
        await pipeline.CreateTopicsAsync(1, 1, 1);
        await Kafka.ProduceAsync(Enumerable.Range(0, 5).Select(i => new Records.ProducerRecord(pipeline.Input, 0, null, "{}"u8.ToArray(), [])));
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        await using var shell = HostProcess.Start(
            "sh", ["-c", $"{dotnet} {typeof(Standalone.Commands.RunCommand).Assembly.Location} peek input --follow | head -n 3; echo ended"], pipeline.Settings());
        await shell.UntilPrintedAsync($"{pipeline.Input}/0/2");

        // Whoever writes to a pipe without a reader notices when it writes.
        await Until.True(
            async () =>
            {
                await Kafka.ProduceAsync([new(pipeline.Input, 0, null, "{}"u8.ToArray(), [])]);
                return shell.HasExited;
            },
            () => $"the pipe has ended: {shell.Output}");

        Assert.Equal(4, shell.Lines.Count);
    }

    private static async Task<(int Code, IReadOnlyList<string> Lines)> RunAsync(Dictionary<string, string?> settings, params string[] arguments)
    {
        await using var process = Executable.Start(settings, arguments);
        return (await process.ExitCodeAsync(), [.. process.Lines]);
    }
}
