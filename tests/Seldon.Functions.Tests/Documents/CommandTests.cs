using System.Diagnostics;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Documents;

/// <summary>The shell commands of the pages run as they are written, pasted one after the other into one shell.</summary>
public class CommandTests
{
    private const string Run = "dotnet run --project functions/Seldon.Functions.Standalone -- ";
    private const string Kafka = "KAFKA_BROKER=b:1 KAFKA_INPUT_TOPIC=i KAFKA_OUTPUT_TOPIC=o ";

    private static IEnumerable<(string Page, string Block)> Blocks => Page.All.SelectMany(p => p.Blocks.Where(b => b.Language == "sh").Select(b => (p.Path, b.Text)));

    [Fact]
    public void CommandsOfThePages_AreAcceptedWithTheirSettings()
    {
        Assert.InRange(Blocks.Sum(b => ShellCommand.Parse(b.Block).Count(c => c.ToString().Contains("Standalone -- ", StringComparison.Ordinal))), 6, 100);
        Assert.Empty(Blocks.SelectMany(b => CommandCheck.Problems(b.Block).Select(p => $"{b.Page}: {p}")));
    }

    [Fact]
    public void BlocksOfThePages_AreShell()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash here; the commands are taken apart all the same.");

        Assert.All(Blocks, b => Assert.True(IsShell(b.Block), $"{b.Page}: {b.Block}"));
        Assert.False(IsShell("echo 'x\n"));
    }

    [Theory]
    [InlineData("export MODEL_NAME=m\n", "sets something for all commands that follow")]
    [InlineData("MODEL_NAME=m\n", "sets something for all commands that follow")]
    [InlineData(Run + "demo --recrods 600\n", "--recrods")]
    [InlineData(Run + "dmeo\n", "dmeo")]
    [InlineData(Run + "redrive --reason because\n", "because")]
    [InlineData(Run + "redrive --dry-run\n", "KAFKA_BROKER is not set")]
    [InlineData(Run + "run\n", "KAFKA_BROKER is not set")]
    [InlineData(Kafka + "MODEL_REST_URL=localhost " + Run + "run\n", "MODEL_REST_URL is 'localhost'")]
    [InlineData(Kafka + "MODEL_REST_URL=http://m:1 MODEL_TIMOUT=1s " + Run + "run\n", "Did you mean MODEL_TIMEOUT?")]
    [InlineData("(cd samples && MODEL_NAME=m dotnet run --project ../functions/Seldon.Functions.Standalone -- run)\n", "MODEL_NAME is set, and so is Seldon:Routes")]
    [InlineData(Run + "graph samples/none.yaml\n", "samples/none.yaml is not there")]
    [InlineData("MODEL_NAME=m " + Run + "graph samples/cifar10.yaml\n", "MODEL_NAME is set, and so is a manifest")]
    [InlineData("dotnet run --project functions/None -- run\n", "no project")]
    [InlineData("kubectl apply -k keda/overlays\n", "keda/overlays has no kustomization.yaml")]
    [InlineData("az deployment sub create -f infra/none.bicep\n", "infra/none.bicep is not there")]
    [InlineData("cp none.json local.settings.json\n", "none.json is not there")]
    [InlineData("cd functions/None\n", "functions/None is not there")]
    public void CommandThatCannotRun_IsNamed(string block, string problem) =>
        Assert.Contains(CommandCheck.Problems(block), p => p.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Words_AreTakenApartAsTheShellDoes()
    {
        var commands = ShellCommand.Parse("A=1 B='x y' c \"d e\" f# \\\n  g # not this\n(cd h && i) && j | k\n");

        Assert.Equal(["c|d e|f#|g", "cd|h", "i", "j", "k"], commands.Select(c => string.Join('|', c.Words)));
        Assert.Equal(["", "h", "h", "", ""], commands.Select(c => c.Folder));
        Assert.Equal([("A", "1"), ("B", "x y")], commands[0].Variables.Select(v => (v.Key, v.Value)));
    }

    /// <summary>Whether bash can parse it; nothing of it is run.</summary>
    private static bool IsShell(string block)
    {
        using var bash = Process.Start(new ProcessStartInfo("/bin/bash", ["-n"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        bash.StandardInput.Write(block);
        bash.StandardInput.Close();
        bash.WaitForExit();
        return bash.ExitCode == 0;
    }
}
