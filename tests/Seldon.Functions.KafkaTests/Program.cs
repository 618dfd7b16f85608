using Seldon.Functions.KafkaTests;
using Seldon.Functions.KafkaTests.Campaign;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// The entry point that xunit would generate, and the campaign beside it.
// `dotnet run` puts the test platform's own arguments first.
if (Array.IndexOf(args, "campaign") is >= 0 and var at) return await CampaignCommand.RunAsync(args[at..]);
// Without a Kafka, one line says so instead of one for each test.
if (KafkaFixture.WhyNone() is not null && !args.Any(arg => arg.StartsWith("--filter", StringComparison.Ordinal))) args = [.. args, "--filter-class", typeof(NoKafkaTests).FullName!];
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
