using System.Reflection;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.Tests.Kafka.Clients;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>The real executable: signals and what they leave behind.</summary>
public class ExecutableTests
{
    private const int Window = 1000;

    [Fact]
    public async Task KilledAndStartedAgain_NothingIsLostOrderIsKeptAndLittleComesTwice()
    {
        const int latency = 20, workers = 20, commitsPerSecond = 5;
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Script = Latency.UpTo(latency);
        var inputs = Input.Spread(4, 1250);
        await bed.ProduceAsync(inputs);
        // The classic protocol, whose session timeout the client chooses: the killed member is gone after three seconds.
        var settings = bed.SettingsWith(
            ("KAFKA_GROUP_PROTOCOL", "classic"), ("Seldon:Kafka:Consumer:session.timeout.ms", "3000"), ("Seldon:Kafka:Consumer:heartbeat.interval.ms", "500"),
            ("KAFKA_WORKERS", $"{workers}"), ("Seldon:Window:Records", $"{Window}"));
        using var published = bed.Read();
        using (var first = HostProcess.Start(settings, "run"))
        {
            await published.UntilSources(1500);
            await first.KillAsync();
        }
        await published.UntilEnd();
        Assert.True(published.Sources < inputs.Count, "The stream was over too soon to say anything.");

        using (var second = HostProcess.Start(settings, "run"))
        {
            await published.UntilSources(inputs.Count);
            second.Terminate();
            Assert.Equal(0, await second.ExitCodeAsync());
        }
        await published.UntilEnd();

        Account.NothingIsLost(inputs, published);
        Account.InOrder(published, restarts: 1);
        Assert.Empty(published.DeadLetters);
        var twice = published.All.GroupBy(p => p.Source).Where(g => g.Count() > 1).ToList();
        Assert.All(twice, copies => Assert.Single(copies.Select(c => (c.Record.Headers.TextOf("seldon-puid"), Convert.ToHexString(c.Record.Value!))).Distinct()));
        // The model's mean latency is half the longest: no more than this goes through between two commits.
        const int perCommit = workers * 1000 / (latency / 2) / commitsPerSecond;
        Assert.InRange(published.All.Count - inputs.Count, 0, Window + perCommit);
        Assert.Equal(inputs.Count, bed.Committed().Sum());
    }

    [Fact]
    public async Task NoMemoryForAnAnswer_RecordIsTriedAgainAndRejectedOnlyIfItNeverGetsAny()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        // Twice as long as the heap may be.
        Reaction tooMuch = async (context, call) =>
        {
            context.Response.ContentLength = 400_000_000;
            await context.Response.Body.FlushAsync();
            await Reactions.Hang(context, call);
        };
        bed.Model.Script = call => call.Says("0-0") || call.Attempt == 1 ? tooMuch : Reactions.Digest;
        await bed.ProduceAsync(Input.Many(0, 2));
        using var published = bed.Read();
        // In hexadecimal.
        using var host = HostProcess.Start(bed.SettingsWith(("SELDON_TRANSPORT", "rest"), ("MODEL_GRPC_URL", null), ("MODEL_MAX_RESPONSE_BYTES", "1000000000"), ("DOTNET_GCHeapHardLimit", "C800000")), "run");

        await published.UntilSources(2);

        var letter = Assert.Single(published.DeadLetters);
        Assert.Equal("internal-error", letter.Record.Headers.TextOf("seldon-error-reason"));
        Assert.Equal(0, letter.Source.Offset);
        Assert.Contains(host.Lines, l => l.Contains("Memory is short", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Terminated_EndsWithExitCode0AndEverythingPublishedIsCommitted()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Model.Script = Latency.UpTo(20);
        var inputs = Input.Spread(4, 500);
        await bed.ProduceAsync(inputs);
        using var host = HostProcess.Start(bed.SettingsWith(("KAFKA_WORKERS", "8"), ("Seldon:Window:Records", $"{Window}")), "run");
        using var published = bed.Read();
        await published.UntilSources(200);

        host.Terminate();
        Assert.Equal(0, await host.ExitCodeAsync());
        await published.UntilEnd();

        Assert.True(published.Sources < inputs.Count, "The stream was over too soon to say anything.");
        Assert.Equal(Enumerable.Range(0, 4).Select(partition => (long)published.All.Count(p => p.Source.Partition == partition)), bed.Committed());
        Assert.Equal(published.Sources, published.All.Count);
        Assert.Contains("everything that was read is published and committed", host.Output, StringComparison.Ordinal);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task TerminatedBeforeThereIsABroker_EndsWithExitCode0()
    {
        await using var bed = await TestBed.CreateAsync();
        bed.Broker.SetBrokerDown(1);
        using var host = HostProcess.Start(bed.SettingsWith(), "run");
        await Until.True(() => host.Output.Contains("Waiting for Kafka", StringComparison.Ordinal));

        host.Terminate();

        Assert.Equal(0, await host.ExitCodeAsync());
    }

    /// <summary>What clients see of a broker that was out of its controller's sight, paused perhaps, and is back.</summary>
    [Fact]
    public async Task BrokersAnswerThatThereIsNoBroker_TheProcessLivesAndEndsWithExitCode0()
    {
        await using var bed = await TestBed.CreateAsync();
        using var broker = new FencedBroker(TestBed.Input);
        using var host = HostProcess.Start(bed.SettingsWith(("KAFKA_BROKER", broker.BootstrapServers)), "run");
        // All its clients know the brokers by then, and ask on.
        await Until.True(() => broker.Answers >= 12);

        broker.Fence();
        await Until.True(() => host.HasExited || broker.Answers >= 17);

        Assert.False(host.HasExited, host.Errors);
        host.Terminate();
        Assert.Equal(0, await host.ExitCodeAsync());
    }

    [Fact]
    public async Task WrongSettings_ExitCode2AndEveryProblemInOneMessageWithoutAStackTrace()
    {
        using var host = await HostProcess.RunAsync(
            new Dictionary<string, string?>
            {
                ["KAFKA_BROKER"] = "nowhere",
                ["KAFKA_OUTPUT_TOPIC"] = "a topic",
                ["KAFKA_WORKERS"] = "many",
                ["KAFKA_GROUP_PROTOCOL"] = "modern",
                ["SELDON_PROTOCOL"] = "tensorflow",
                ["MODEL_NAME"] = "m",
                ["MODEL_TIMEOUT"] = "soon",
                ["Seldon:Kafka:Consumer:enable.auto.commit"] = "true",
            },
            "run");

        Assert.Equal(2, host.ExitCode);
        foreach (var setting in (string[])["KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC", "KAFKA_ERROR_TOPIC", "KAFKA_WORKERS",
            "KAFKA_GROUP_PROTOCOL", "MODEL_TIMEOUT", "MODEL_REST_URL", "enable.auto.commit"])
            Assert.Contains(setting, host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors, StringComparison.Ordinal);
        Assert.Empty(host.Output);
    }

    [Theory, InlineData("Consumer"), InlineData("Producer")]
    public async Task UnknownClientProperty_ExitCode2AndNamesIt(string client)
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(($"Seldon:Kafka:{client}:no.such.property", "1")), "run");

        Assert.Equal(2, host.ExitCode);
        Assert.Contains("no.such.property", host.Errors, StringComparison.Ordinal);
        Assert.Contains($"Seldon:Kafka:{client}", host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongClientPropertiesAndOtherMistakes_AreNamedAtOnceAndEachOnce()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await HostProcess.RunAsync(
            bed.SettingsWith(
                ("KAFKA_BROKER", "nowhere"), ("KAFKA_INPUT_TOPIC", null), ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_USERNAME", "u"),
                ("KAFKA_SSL_CA_CERT_FILE", "/no/such/file"), ("Logging:LogLevel:Default", "Foo"),
                ("Seldon:Kafka:Consumer:foo", "1"), ("Seldon:Kafka:Consumer:session_timeout_ms", "abc"), ("Seldon:Kafka:Producer:acks", "0"),
                ("Seldon:Kafka:Producer:compression_type", "tight")),
            "run");

        Assert.Equal((2, ""), (host.ExitCode, host.Output));
        var problems = host.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..].Select(l => l.Trim()).ToList();
        string[] wrong =
        [
            "KAFKA_BROKER", "KAFKA_INPUT_TOPIC", "KAFKA_SASL_PASSWORD", "KAFKA_SSL_CA_CERT_FILE", "Logging:LogLevel:Default", "Seldon:Kafka:Consumer:foo",
            "Seldon:Kafka:Consumer:session.timeout.ms", "Seldon:Kafka:Producer:acks", "Seldon:Kafka:Producer:compression.type",
        ];
        foreach (var setting in wrong) Assert.Single(problems, p => p.StartsWith($"{setting} ", StringComparison.Ordinal));
        Assert.True(problems.Count == wrong.Length, host.Errors);
    }

    [Fact]
    public async Task WrongCertificate_IsNamedOnceAndNotForEachClient()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(("KAFKA_SECURITY_PROTOCOL", "SSL"), ("KAFKA_SSL_CA_CERT", "-----BEGIN x")), "run");

        Assert.Equal(2, host.ExitCode);
        Assert.Contains("The settings have a problem:", host.Errors, StringComparison.Ordinal);
        Assert.Contains("ssl.ca.pem", host.Errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("LogLevel:Default"), InlineData("LogLevel:Seldon.Functions"), InlineData("Console:LogLevel:Default")]
    public async Task UnknownLogLevel_ExitCode2AndTheLevelsThatExist(string setting)
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(($"Logging:{setting}", "Foo")), "run");

        Assert.Equal((2, ""), (host.ExitCode, host.Output));
        Assert.Contains($"Logging:{setting} is 'Foo': use one of Trace, Debug, Information, Warning, Error, Critical, None.", host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors, StringComparison.Ordinal);
    }

    [Theory, InlineData("Console:MaxQueueLength", "abc"), InlineData("CaptureScopes", "abc")]
    public async Task OtherWrongLogSetting_ExitCode2AndNamesIt(string setting, string value)
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(($"Logging:{setting}", value)), "run");

        Assert.Equal((2, ""), (host.ExitCode, host.Output));
        Assert.Contains(setting.Split(':')[^1], host.Errors, StringComparison.Ordinal);
        Assert.Contains(value, host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownConsoleFormatter_ExitCode2AndThoseThatExist()
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = await HostProcess.RunAsync(bed.SettingsWith(("Logging:Console:FormatterName", "xml")), "run");

        Assert.Equal((2, ""), (host.ExitCode, host.Output));
        Assert.Contains("Logging:Console:FormatterName is 'xml': use one of simple, json, systemd.", host.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FormatterName", "json", """^\{"Timestamp":"\d{4}-.*Z","EventId":\d+,"LogLevel":"Warning".*Waiting for Kafka""")]
    [InlineData("FormatterName", "systemd", "^<4>.*Waiting for Kafka")]
    [InlineData("FormatterOptions:TimestampFormat", "'at 'HH", "^at \\d\\dwarn: .*Waiting for Kafka")]
    [InlineData("FormatterName", "simple", "^\\d{4}-.*Z warn: .*Waiting for Kafka")]
    public async Task LogSettingsOfTheConsole_AreHonoured(string setting, string value, string line)
    {
        await using var bed = await TestBed.CreateAsync();
        using var host = HostProcess.Start(bed.SettingsWith(("KAFKA_BROKER", "127.0.0.1:1"), ($"Logging:Console:{setting}", value)), "run");

        await Until.True(() => host.HasExited || host.Output.Contains("Waiting for Kafka", StringComparison.Ordinal));

        Assert.Matches(new System.Text.RegularExpressions.Regex(line, System.Text.RegularExpressions.RegexOptions.Multiline), host.Output);
    }

    [Fact]
    public async Task Version_IsTheAssemblys()
    {
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), "--version");

        Assert.Equal(0, host.ExitCode);
        Assert.Equal(typeof(InferenceEngine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion, host.Output.Trim());
    }

    [Fact]
    public async Task Help_NamesTheCommands()
    {
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), "--help");

        Assert.Equal(0, host.ExitCode);
        Assert.Contains("run", host.Output, StringComparison.Ordinal);
        Assert.Contains("demo", host.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--records is 'abc': use a whole number from 1 to 200000.", "demo", "--records", "abc")]
    [InlineData("--records is '0': use a whole number from 1 to 200000.", "demo", "--records", "0")]
    [InlineData("--records is '99999999999': use a whole number from 1 to 200000.", "demo", "--records", "99999999999")]
    [InlineData("--http-port is 'x': use a whole number from 1 to 65535.", "demo", "--http-port", "x")]
    [InlineData("--http-port is '': use a whole number from 1 to 65535.", "demo", "--http-port", "")]
    [InlineData("--limit is 'abc': use a whole number from 1 to 2147483647.", "redrive", "--limit", "abc")]
    [InlineData("--limit is '-1': use a whole number from 1 to 2147483647.", "redrive", "--limit", "-1")]
    [InlineData("--since is 'abc': use a time", "redrive", "--since", "abc")]
    public async Task WrongValueOfAnOption_ExitCode2AndOneMessageWithWhatIsExpected(string message, params string[] arguments)
    {
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), arguments);

        Assert.Equal((2, ""), (host.ExitCode, host.Output));
        Assert.StartsWith(message, host.Errors, StringComparison.Ordinal);
        Assert.Equal(2, host.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory, InlineData("walk"), InlineData("run", "--fast"), InlineData("demo", "--records", "0"), InlineData("demo", "--transport", "smoke")]
    public async Task WrongUsage_ExitCode2AndAHint(params string[] arguments)
    {
        using var host = await HostProcess.RunAsync(new Dictionary<string, string?>(), arguments);

        Assert.Equal(2, host.ExitCode);
        Assert.Contains("--help", host.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", host.Errors, StringComparison.Ordinal);
        Assert.Empty(host.Output);
    }
}
