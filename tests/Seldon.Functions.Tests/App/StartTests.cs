using Seldon.Functions.Tests.Hosts;

namespace Seldon.Functions.Tests.App;

/// <summary>Starting where something is wrong.</summary>
public class StartTests
{
    [Fact]
    public async Task StandInBuildIsStarted_ExitCode1AndOneSentence()
    {
        using var app = HostProcess.StartProgram("Seldon.Functions.App.dll", new Dictionary<string, string?>());

        Assert.Equal(1, await app.ExitCodeAsync());
        Assert.Empty(app.Output);
        Assert.Contains("-p:FunctionsWorker=nuget", Assert.Single(Lines(app.Errors)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongSettings_ExitCode2AndAllProblemsInOneLine()
    {
        using var app = HostProcess.StartProgram("Seldon.Functions.TriggerLoop.dll", new Dictionary<string, string?>
        {
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["KAFKA_DELIVERY"] = "exactly-once",
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            ["SELDON_PROTOCOL"] = "smoke-signals",
            ["MODEL_NAME"] = "m",
        });

        Assert.Equal(2, await app.ExitCodeAsync());
        var line = Assert.Single(Lines(app.Errors));
        foreach (var setting in (string[])["KAFKA_BROKER is not set", "KAFKA_DELIVERY is 'exactly-once'", "acknowledged, host", "KAFKA_GROUP_PROTOCOL is 'consumer'",
            "SELDON_PROTOCOL is 'smoke-signals'", "MODEL_REST_URL"])
            Assert.Contains(setting, line, StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
