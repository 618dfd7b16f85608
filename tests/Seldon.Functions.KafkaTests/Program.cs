using Seldon.Functions.KafkaTests;
using Seldon.Functions.KafkaTests.Campaign;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// The entry point that xunit would generate, and the campaign beside it.
// `dotnet run` puts the test platform's own arguments first.
if (Array.IndexOf(args, "campaign") is >= 0 and var at) return await CampaignCommand.RunAsync(args[at..]);
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
