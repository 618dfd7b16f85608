using Seldon.Functions.KafkaTests;
using Seldon.Functions.KafkaTests.Campaign;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// The entry point that xunit would generate, and the campaign beside it.
if (args is ["campaign", ..]) return await CampaignCommand.RunAsync(args);
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
