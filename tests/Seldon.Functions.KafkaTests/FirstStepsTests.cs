using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Seldon.Functions.Standalone.Commands;

namespace Seldon.Functions.KafkaTests;

/// <summary>A newcomer's first ten minutes, as docs/first-steps.md tells them: every command runs as it is written, and prints what the page shows.</summary>
public sealed partial class FirstStepsTests(KafkaFixture kafka) : KafkaTest(kafka), IDisposable
{
    private const string Background = "Ctrl+C stops";
    private const int Routes = 3;

    private readonly DirectoryInfo _programs = Directory.CreateTempSubdirectory("seldon-first-steps-");
    private readonly int[] _ports = FreePorts(2);

    [Fact]
    public async Task EveryCommandOfThePage_DoesWhatThePageSays()
    {
        if (Fixture.Broker is null) Assert.Skip("The page's topics are made on a broker that the tests start themselves.");
        WritePrograms();
        HostProcess? model = null, run = null;
        try
        {
            var blocks = Block().Matches(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/first-steps.md"), TestContext.Current.CancellationToken)).ToList();
            Assert.InRange(blocks.Count(b => b.Groups["language"].Value == "sh"), 12, 30);
            foreach (var block in blocks.Where(b => b.Groups["language"].Value == "sh"))
            {
                var (before, script, shown) = (block.Groups["before"].Value, block.Groups["text"].Value, block.Groups["output"].Value);
                if (before.Contains("Ctrl+C stops the model", StringComparison.Ordinal)) await model!.TerminateAsync();
                if (script.Contains("-- model", StringComparison.Ordinal))
                {
                    if (model is not null) await model.DisposeAsync();
                    model = Start($"exec {script}");
                    await model.UntilPrintedAsync(Background);
                    AssertShown(shown, model.Lines);
                }
                else if (script.Contains("-- run", StringComparison.Ordinal))
                {
                    run = Start($"exec {script}");
                    await run.UntilPrintedAsync("Assigned: ");
                    AssertShown(shown, run.Lines);
                }
                else
                {
                    await using var command = Start(script);
                    await command.ExitCodeAsync();
                    TestContext.Current.TestOutputHelper!.WriteLine($"{script}{string.Join('\n', command.Lines)}\n");
                    AssertShown(shown, command.Lines);
                }
            }
            // Nothing but what it was asked for: stopped, in order.
            Assert.Equal(0, await run!.TerminateAsync());
        }
        finally
        {
            if (run is not null) await run.DisposeAsync();
            if (model is not null) await model.DisposeAsync();
        }
    }

    [Fact]
    public void OutputThatIsNotThere_IsSeen()
    {
        AssertShown("result predictions/3/1 after 12 ms\n{\"predictions\":…\n…\n", ["result predictions/0/44 after 7 ms", "{\"predictions\":[[1]]}"]);
        Assert.ThrowsAny<Exception>(() => AssertShown("dead letter predictions/3/1 after 12 ms\n", ["result predictions/0/44 after 7 ms"]));
        Assert.ThrowsAny<Exception>(() => AssertShown("", ["anything"]));
    }

    public void Dispose() => _programs.Delete(recursive: true);

    private HostProcess Start(string script)
    {
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = $"{_programs.FullName}:{Environment.GetEnvironmentVariable("PATH")}",
            ["KAFKA_BROKER"] = Kafka.BootstrapServers,
        };
        for (var i = 0; i < Routes; i++) (environment[$"Seldon__Routes__{i}__RestUrl"], environment[$"Seldon__Routes__{i}__GrpcUrl"]) = ($"http://localhost:{_ports[0]}", $"http://localhost:{_ports[1]}");
        return HostProcess.Start("sh", ["-c", script], environment, Repository.Root);
    }

    /// <summary>What stands in for the programs of the page: dotnet without building, and Kafka's own tool towards the broker of the tests.</summary>
    private void WritePrograms()
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        Write("dotnet", $"""
            [ "$1" = run ] || exit 1
            while [ "$1" != -- ]; do shift; done; shift
            [ "$1" != model ] || set -- "$@" --rest-port {_ports[0]} --grpc-port {_ports[1]}
            PATH="$(echo "$PATH" | cut -d: -f2-)" exec {dotnet} {typeof(RunCommand).Assembly.Location} "$@"
            """);
        Write("kafka-topics.sh", $"""
            [ "$1 $2" = "--bootstrap-server localhost:9092" ] || exit 1
            shift 2
            exec sh {Path.Combine(Fixture.Home.Folder, "tool.sh")} org.apache.kafka.tools.TopicCommand --bootstrap-server {Kafka.BootstrapServers} "$@"
            """);

        void Write(string name, string script)
        {
            var path = Path.Combine(_programs.FullName, name);
            File.WriteAllText(path, $"#!/bin/sh\n{script.ReplaceLineEndings("\n")}\n");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Every line that the page shows was printed; numbers may differ.</summary>
    private void AssertShown(string shown, IReadOnlyCollection<string> printed)
    {
        Assert.False(string.IsNullOrWhiteSpace(shown), $"The page shows no output for what printed:\n{string.Join('\n', printed)}");
        var lines = printed.Select(l => Normal(l.Replace(Kafka.BootstrapServers, "localhost:9092", StringComparison.Ordinal))).ToList();
        foreach (var line in shown.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l != "…"))
        {
            var (wanted, isStart) = line.EndsWith('…') ? (Normal(line[..^1]), true) : (Normal(line), false);
            Assert.True(lines.Any(l => isStart ? l.StartsWith(wanted, StringComparison.Ordinal) : l == wanted), $"The page shows '{line}', but this was printed:\n{string.Join('\n', printed)}");
        }
    }

    private static string Normal(string line) => Number().Replace(line.Trim(), "0");

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        var ports = listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port).ToArray();
        listeners.ForEach(l => l.Dispose());
        return ports;
    }

    [GeneratedRegex(@"(?<before>[^\n]*)\n\n```(?<language>sh)\n(?<text>.*?)```\n(\n```text\n(?<output>.*?)```\n)?", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\d+(\.\d+)?(e-\d+|E-\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
