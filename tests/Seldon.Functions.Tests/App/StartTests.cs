using Seldon.Functions.Tests.Settings;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Tests.App;

/// <summary>Starting where something is wrong.</summary>
public class StartTests
{
    /// <summary>The host shows a line of its worker as an error if it says so.</summary>
    [Fact]
    public async Task WrongSettings_ExitCode2AndAllProblemsInOneLineThatIsAnError()
    {
        using var app = HostProcess.StartProgram(AppUnderTest.Assembly, new Dictionary<string, string?>
        {
            ["KAFKA_INPUT_TOPIC"] = "in",
            ["KAFKA_OUTPUT_TOPIC"] = "out",
            ["KAFKA_DELIVERY"] = "exactly-once",
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            ["SELDON_PROTOCOL"] = "smoke-signals",
            ["MODEL_NAME"] = "m",
        });

        Assert.Equal(2, await app.ExitCodeAsync());
        Assert.Empty(app.Output);
        var line = Assert.Single(Lines(app.Errors));
        Assert.StartsWith("5 errors in the settings: ", line, StringComparison.Ordinal);
        foreach (var setting in (string[])["KAFKA_BROKER is not set", "KAFKA_DELIVERY is 'exactly-once'", "acknowledged, host", "KAFKA_GROUP_PROTOCOL is 'consumer'",
            "SELDON_PROTOCOL is 'smoke-signals'", "MODEL_REST_URL"])
            Assert.Contains(setting, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneWrongSetting_IsAnErrorToo()
    {
        using var app = HostProcess.StartProgram(AppUnderTest.Assembly, SettingsTests.Minimal.Append(("KAFKA_WORKERS", "many")).ToDictionary(s => s.Item1, s => (string?)s.Item2));

        Assert.Equal(2, await app.ExitCodeAsync());
        Assert.StartsWith("Error in the settings: KAFKA_WORKERS is 'many'", Assert.Single(Lines(app.Errors)), StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
