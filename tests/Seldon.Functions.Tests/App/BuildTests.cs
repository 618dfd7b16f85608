using System.Text.Json.Nodes;

namespace Seldon.Functions.Tests.App;

/// <summary>The two builds of the app: which one it is where, what it refers to, and what lies in its output.</summary>
public class BuildTests
{
    private const string Project = "functions/Seldon.Functions.App";
    private const string Configuration =
#if DEBUG
        "Debug";
#else
        "Release";
#endif

    private static readonly byte[] HostJson = File.ReadAllBytes(Path.Combine(Repository.Root, "host.json"));

    [Theory]
    [InlineData(Project, "build", "--output", "bin/output")] // what func start does
    [InlineData(".", "build", Project)]
    [InlineData(".", "msbuild", $"{Project}/Seldon.Functions.App.csproj")]
    public async Task ProjectItselfIsBuilt_TheGenuineWorkerIsTaken(string folder, params string[] arguments) =>
        Assert.Equal("nuget", await DotnetAsync(folder, null, [.. arguments, "-getProperty:FunctionsWorker"]));

    /// <summary>The restore of each command, up to what it asks for: from no source at all, so that it fails everywhere alike and loads nothing.</summary>
    [Theory]
    [InlineData(Project, "build", "--output", "bin/output")] // what func start does
    [InlineData(Project, "build")]
    [InlineData(Project, "restore")]
    [InlineData(".", "build", Project)]
    [InlineData(".", "publish", Project, "-c", "Release", "-p:ReadyToRunFor=linux-x64", "-o", "bin/publish")]
    public async Task ProjectItselfIsRestored_TheGenuineWorkerIsAskedFor(string folder, params string[] arguments)
    {
        using var copy = new AppCopy();

        var printed = await copy.DotnetAsync(folder, arguments);

        var assets = JsonNode.Parse(copy.Has(AppCopy.Assets) ? copy.Read(AppCopy.Assets) : "{}")!;
        var asked = assets["project"]?["frameworks"]?["net10.0"]?["dependencies"]?.AsObject().Select(d => d.Key).ToList();
        Assert.True(asked is not null, printed);
        Assert.Contains("Microsoft.Azure.Functions.Worker", asked);
        Assert.Contains("Microsoft.Azure.Functions.Worker.Extensions.Kafka", asked);
        Assert.Contains("Microsoft.Azure.Functions.Worker.Sdk", asked);
    }

    [Fact]
    public async Task BuiltAsPartOfSomethingElse_TheStandInsAreTakenUnlessTheEnvironmentSaysOtherwise()
    {
        // What holds for a project that another one or the solution refers to: Directory.Build.rsp is not read.
        Assert.Equal("stand-in", await DotnetAsync(".", null, "msbuild", Project, "-noAutoResponse", "-getProperty:FunctionsWorker"));
        Assert.Equal("nuget", await DotnetAsync(".", "nuget", "msbuild", Project, "-noAutoResponse", "-getProperty:FunctionsWorker"));
        Assert.Equal("Microsoft.Azure.Functions.Worker.KafkaRecord, Seldon.Functions.App", TypeName(typeof(Microsoft.Azure.Functions.Worker.KafkaRecord)));

        static string TypeName(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
    }

    [Fact]
    public async Task GenuineBuild_RefersToThePinnedPackagesAndLeavesTheStandInsOut()
    {
        var build = JsonNode.Parse(await DotnetAsync(
            Project, null, "msbuild", "-getProperty:OutputType", "-getProperty:AzureFunctionsVersion", "-getProperty:TargetFramework", "-getProperty:ManagePackageVersionsCentrally",
            "-getItem:PackageReference", "-getItem:PackageVersion", "-getItem:Compile", "-getItem:FrameworkReference"))!;

        Assert.Equal("Exe v4 net10.0 true", string.Join(' ', build["Properties"]!.AsObject().Select(p => (string?)p.Value)));
        Assert.Equal(
            ["Microsoft.Azure.Functions.Worker", "Microsoft.Azure.Functions.Worker.Extensions.Kafka", "Microsoft.Azure.Functions.Worker.Sdk"],
            Items("PackageReference").Select(i => Text(i, "Identity")).Where(i => i!.StartsWith("Microsoft.Azure", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(Items("PackageReference"), i => Assert.Null(i["Version"]));
        Assert.Equal(
            ["Microsoft.Azure.Functions.Worker 2.52.0", "Microsoft.Azure.Functions.Worker.Extensions.Kafka 4.3.0", "Microsoft.Azure.Functions.Worker.Sdk 2.1.0"],
            Items("PackageVersion").Select(i => $"{Text(i, "Identity")} {Text(i, "Version")}").Where(i => i.StartsWith("Microsoft.Azure", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Contains(Items("Compile"), i => Text(i, "Identity") == "InferenceFunction.cs");
        Assert.DoesNotContain(Items("Compile"), i => Text(i, "Identity") == "StandIns.cs");
        Assert.DoesNotContain(Items("FrameworkReference"), i => Text(i, "Identity") == "Microsoft.AspNetCore.App");

        IEnumerable<JsonNode> Items(string type) => build["Items"]![type]!.AsArray()!;

        static string? Text(JsonNode item, string name) => (string?)item[name];
    }

    [Fact]
    public async Task CompiledAhead_ThePlatformIsTheAppsOwn()
    {
        var properties = JsonNode.Parse(await DotnetAsync(
            Project, null, "msbuild", "-p:ReadyToRunFor=linux-x64", "-getProperty:RuntimeIdentifier", "-getProperty:PublishReadyToRun", "-getProperty:SelfContained"))!["Properties"]!;

        Assert.Equal("linux-x64 true false", string.Join(' ', properties.AsObject().Select(p => (string?)p.Value)));
        Assert.Equal("", await DotnetAsync(Project, null, "msbuild", "-getProperty:RuntimeIdentifier"));
        // It must not reach the project with the host's extensions, to which properties of the command line go.
        var dockerfile = await File.ReadAllTextAsync(Path.Combine(Repository.Root, Project, "Dockerfile"), TestContext.Current.CancellationToken);
        Assert.Contains("-p:ReadyToRunFor=linux-x64", dockerfile, StringComparison.Ordinal);
        Assert.DoesNotContain(" -r ", dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProjectThatTheWorkerSdkGenerates_TakesNothingOfThisRepository()
    {
        var folder = Path.Combine(Repository.Root, Project, "obj", "test", "WorkerExtensions");
        Directory.CreateDirectory(folder);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "WorkerExtensions.csproj"), """<Project Sdk="Microsoft.NET.Sdk" />""", TestContext.Current.CancellationToken);

            var properties = JsonNode.Parse(await DotnetAsync(
                folder, null, "msbuild", "-getProperty:ManagePackageVersionsCentrally", "-getProperty:TreatWarningsAsErrors", "-getItem:PackageReference"))!;

            Assert.Equal(["", ""], properties["Properties"]!.AsObject().Select(p => (string?)p.Value == "false" ? "" : (string?)p.Value));
            Assert.Empty(properties["Items"]!["PackageReference"]!.AsArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void BuildOutput_HoldsTheRootsHostJson() =>
        Assert.Equal(HostJson, File.ReadAllBytes(Path.Combine(Repository.Root, Project, "bin", Configuration, "net10.0", "host.json")));

    [Fact]
    public async Task PublishOutput_HoldsTheRootsHostJsonAndNoLocalSettings()
    {
        var output = Directory.CreateTempSubdirectory("seldon-functions-");
        try
        {
            await DotnetAsync(".", null, "publish", Project, "-c", Configuration, "--no-build", "-p:FunctionsWorker=stand-in", "-o", output.FullName);

            Assert.Equal(HostJson, await File.ReadAllBytesAsync(Path.Combine(output.FullName, "host.json"), TestContext.Current.CancellationToken));
            Assert.True(File.Exists(Path.Combine(output.FullName, "Seldon.Functions.App.dll")));
            Assert.False(File.Exists(Path.Combine(output.FullName, "local.settings.json")));
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    /// <summary>The output of a successful run of the SDK in a folder of the repository, with this in the environment variable FunctionsWorker.</summary>
    private static async Task<string> DotnetAsync(string folder, string? worker, params string[] arguments)
    {
        var (exitCode, output, errors) = await Sdk.RunAsync(Path.Combine(Repository.Root, folder), worker is null ? [] : new() { ["FunctionsWorker"] = worker }, arguments);
        Assert.True(exitCode == 0, $"{output}{errors}");
        return output.Trim();
    }
}
