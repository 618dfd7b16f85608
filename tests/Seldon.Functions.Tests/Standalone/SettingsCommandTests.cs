using System.Text.Json;
using Seldon.Functions.Standalone.Reference;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>Which settings hold and where they come from; what a mistyped command line was meant to be.</summary>
public class SettingsCommandTests
{
    private static readonly Dictionary<string, string?> Right = new()
    {
        ["KAFKA_BROKER"] = "b:1",
        ["KAFKA_INPUT_TOPIC"] = "i",
        ["KAFKA_OUTPUT_TOPIC"] = "o",
        ["MODEL_REST_URL"] = "http://m:1",
        ["KAFKA_WORKERS"] = "7",
    };

    [Fact]
    public async Task Settings_AreShownWithTheirOrigin_AndSecretsAreNot()
    {
        using var file = new TemporaryFile("""
            { "KAFKA_WORKERS": "3", "SELDON_PROTOCOL": "tensorflow", "MODEL_NAME": "m", "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "hunter2",
              "Seldon": { "Kafka": { "Consumer": { "client.rack": "r1", "ssl.keystore.password": "hunter2" } } } }
            """);
        using var command = await HostProcess.RunAsync(Right, "settings", "--json", "--config", file.Path);

        var settings = JsonDocument.Parse(command.Output).RootElement.GetProperty("settings").EnumerateArray()
            .ToDictionary(s => s.GetProperty("name").GetString()!, s => (s.GetProperty("value").GetString(), s.GetProperty("from").GetString()));
        Assert.Equal(0, command.ExitCode);
        Assert.Equal(("7", "environment"), settings["KAFKA_WORKERS"]);
        Assert.Equal(("m", Path.GetFileName(file.Path)), settings["MODEL_NAME"]);
        Assert.Equal(("60s", "default"), settings["MODEL_TIMEOUT"]);
        Assert.Equal(("o.errors", "default"), settings["KAFKA_ERROR_TOPIC"]);
        Assert.Equal(("seldon-functions.i", "default"), settings["KAFKA_CONSUMER_GROUP"]);
        Assert.Equal("r1", settings["Seldon:Kafka:Consumer:client.rack"].Item1);
        Assert.Equal(("(secret)", Path.GetFileName(file.Path)), settings["KAFKA_SASL_PASSWORD"]);
        Assert.DoesNotContain("hunter2", command.Output + command.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeadersOfRoutes_AreSecret()
    {
        using var file = new TemporaryFile("""{ "Seldon": { "Routes": [{ "Name": "r", "RestUrl": "http://m:1", "Headers": { "authorization": "Basic hunter2" }, "TokenFile": "" }] } }""");
        var settings = Right.Where(s => s.Key.StartsWith("KAFKA_", StringComparison.Ordinal)).ToDictionary();
        using var command = await HostProcess.RunAsync(settings, "settings", "--config", file.Path);

        Assert.Equal((0, ""), (command.ExitCode, command.Errors));
        Assert.Contains("Seldon:Routes:0:Headers:authorization", command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", command.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongAndUnknownSettings_AreSaid()
    {
        using var command = await HostProcess.RunAsync(new Dictionary<string, string?>(Right) { ["KAFKA_BROKR"] = "x", ["MODEL_TIMEOUT"] = "soon" }, "settings");

        Assert.Equal(2, command.ExitCode);
        Assert.Contains("Warning: KAFKA_BROKR is no setting and has no effect. Did you mean KAFKA_BROKER?", command.Errors, StringComparison.Ordinal);
        Assert.Contains("MODEL_TIMEOUT is 'soon'", command.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'demo'", "dmeo")]
    [InlineData("'peek'", "pek")]
    [InlineData("'--follow'", "peek", "results", "--folow")]
    [InlineData("'--follow'", "peek", "--folow", "results")]
    [InlineData("'--config'", "run", "--confg", "x")]
    [InlineData("'--records'", "demo", "--recrods", "1")]
    public async Task MistypedCommandLine_IsToldWhatWasMeant(string meant, params string[] arguments)
    {
        using var command = await HostProcess.RunAsync(Right, arguments);

        Assert.Equal((2, ""), (command.ExitCode, command.Output));
        Assert.Contains($"Did you mean {meant}?", command.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HelpOfRun_ListsTheSettings()
    {
        using var run = await HostProcess.RunAsync(Right, "run", "--help");
        using var root = await HostProcess.RunAsync(Right, "--help");

        Assert.Equal((0, 0), (run.ExitCode, root.ExitCode));
        Assert.All(SettingsReference.All, s => Assert.Contains($"  {s.Name}\n", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal));
        Assert.DoesNotContain("KAFKA_WORKERS", root.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FileOfSettingsIsMissing_IsSaid()
    {
        using var command = await HostProcess.RunAsync(Right, "run", "--config", "no-such-file.json");

        Assert.Equal(2, command.ExitCode);
        Assert.Contains("--config is 'no-such-file.json', which is not there", command.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void List_IsThatOfThePage()
    {
        Assert.InRange(SettingsReference.All.Count, 70, 200);
        Assert.Contains(SettingsReference.All, s => s is { Name: "KAFKA_WORKERS", Default: "auto", Section: "Kafka" });
        Assert.Contains(SettingsReference.All, s => s is { Name: "MODEL_CLIENT_KEY_FILE", Section: "The model" } && s.Meaning.StartsWith("our certificate", StringComparison.Ordinal));
    }

    private sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(string text) => File.WriteAllText(Path, text);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
