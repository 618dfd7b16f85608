using System.Xml.Linq;
using Seldon.Functions.Tests.Keda;

namespace Seldon.Functions.Tests.Infra;

/// <summary>The images: small, not root, writing nothing, and ending when they are told to.</summary>
public class DockerfileTests
{
    private const string Standalone = "functions/Seldon.Functions.Standalone";
    private const string App = "functions/Seldon.Functions.App";

    [Theory, InlineData(Standalone), InlineData(App)]
    public void Dockerfile_KeepsTheRules(string project) => Assert.Empty(new Dockerfile(Read(project)).Problems());

    [Theory]
    [InlineData("USER 1654:1654", "USER root", "USER root")]
    [InlineData("USER 1654:1654", "USER 0", "USER 0")]
    [InlineData("USER 1654:1654", "", "USER :")]
    [InlineData("USER 1654:1654", "USAR 1654:1654", "USAR:")]
    [InlineData("--from=build", "--from=bild", "COPY --from=bild")]
    [InlineData("COPY --from=build /app .", "COPY . .", "COPY . .:")]
    [InlineData("EXPOSE 8080", "EXPOSE 80", "EXPOSE 80:")]
    [InlineData("ENTRYPOINT [\"/app/seldon-functions\"]", "ENTRYPOINT /app/seldon-functions", "ENTRYPOINT:")]
    [InlineData("ENTRYPOINT [\"/app/seldon-functions\"]", "ENTRYPOINT [\"/bin/sh\", \"start.sh\"]", "ENTRYPOINT:")]
    [InlineData("CMD [\"run\"]", "CMD run", "CMD run:")]
    [InlineData("sdk:10.0.401", "sdk:latest", "FROM mcr.microsoft.com/dotnet/sdk:latest")]
    [InlineData("aspnet:10.0.12-noble-chiseled", "aspnet", "FROM mcr.microsoft.com/dotnet/aspnet:")]
    public void BrokenOnPurpose_TheProblemIsNamed(string text, string other, string problem)
    {
        var before = Read(Standalone);
        var after = before.Replace(text, other, StringComparison.Ordinal);

        Assert.NotEqual(before, after);
        Assert.Contains(new Dockerfile(after).Problems(), p => p.StartsWith(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void StandaloneImage_AnswersProbesOnItsPort()
    {
        var file = new Dockerfile(Read(Standalone));

        Assert.Equal("8080", file.Port);
        Assert.Equal(file.Port, file.Variables["SELDON_HTTP_PORT"]);
        Assert.Equal(["/app/seldon-functions", "run"], file.Command);
        Assert.All((string[])["/health/live", "/health/ready"], p => Assert.Contains(p, Read(Standalone), StringComparison.Ordinal));
    }

    [Fact]
    public void AppImage_IsTheGenuineBuildOnTheHostsPort()
    {
        var file = new Dockerfile(Read(App));

        Assert.Contains("-p:ReadyToRunFor=linux-x64", Read(App), StringComparison.Ordinal);
        // The platform must not reach the project with the host's extensions, to which properties of the command line go.
        Assert.DoesNotContain(" -r ", Read(App), StringComparison.Ordinal);
        Assert.Equal($"http://+:{file.Port}", file.Variables["ASPNETCORE_URLS"]);
    }

    /// <summary>SIGTERM is ignored by the Functions host on some versions of .NET; without draining, the batch in work comes again.</summary>
    [Fact]
    public void AppImage_IsStoppedByTheSignalThatItsHostHearsAndDrains()
    {
        var file = new Dockerfile(Read(App));

        Assert.Equal("SIGINT", file.StopSignal);
        Assert.Equal("true", file.Variables["FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING"]);
    }

    /// <summary>dotnet publish /t:PublishContainer must make the same image as the Dockerfile.</summary>
    [Fact]
    public void ImageWithoutAnEngine_IsTheSame()
    {
        var file = new Dockerfile(Read(Standalone));
        var project = XDocument.Load(Path.Combine(Repository.Root, Standalone, "Seldon.Functions.Standalone.csproj"));

        Assert.Matches($@"aspnet:10\.0\.\d+-{project.Descendants("ContainerFamily").Single().Value}\n", Read(Standalone));
        Assert.Equal(file.User, project.Descendants("ContainerUser").Single().Value);
        Assert.Equal(file.Port, Include("ContainerPort").Single());
        Assert.Equal(file.Command[1..], Include("ContainerDefaultArgs"));
        Assert.Equal(file.Variables, project.Descendants("ContainerEnvironmentVariable").ToDictionary(v => v.Attribute("Include")!.Value, v => v.Attribute("Value")!.Value));

        IEnumerable<string> Include(string item) => project.Descendants(item).Select(i => i.Attribute("Include")!.Value);
    }

    /// <summary>Packages are restored before the sources are copied: a change of sources does not fetch them again.</summary>
    [Theory, InlineData(Standalone), InlineData(App)]
    public void Restore_HasAllProjectsAndVersionsAndNothingElse(string project) => Assert.Equal(
        ProjectsOf($"{project}/{Path.GetFileName(project)}.csproj").Concat(["Directory.Build.props", "Directory.Packages.props", "global.json"]).Order(StringComparer.Ordinal),
        new Dockerfile(Read(project)).CopiedBeforeRestore.Order(StringComparer.Ordinal));

    [Theory, InlineData(Standalone), InlineData(App)]
    public void Build_RunsOnTheMachinesOwnArchitecture(string project) =>
        Assert.StartsWith("--platform=$BUILDPLATFORM ", new Dockerfile(Read(project)).BuildImage, StringComparison.Ordinal);

    [Fact]
    public void StandaloneImage_IsBuiltForTheArchitectureThatIsAskedFor() =>
        Assert.All(new Dockerfile(Read(Standalone)).Runs, run => Assert.Contains(" -a $TARGETARCH", run, StringComparison.Ordinal));

    [Theory, InlineData(Standalone), InlineData(App)]
    public void Labels_SayWhatItIs(string project)
    {
        var labels = new Dockerfile(Read(project)).Labels;

        Assert.Equal(["description", "licenses", "title", "version"], labels.Keys.Select(k => k.Replace("org.opencontainers.image.", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal("MIT", labels["org.opencontainers.image.licenses"]);
        Assert.Equal(XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value, labels["org.opencontainers.image.version"]);
    }

    /// <summary>Pages stay out of the build, but for the one that a project embeds.</summary>
    [Fact]
    public void BuildContext_HoldsWhatProjectsEmbed()
    {
        var embedded = ProjectsOf($"{Standalone}/Seldon.Functions.Standalone.csproj")
            .SelectMany(p => XDocument.Load(Path.Combine(Repository.Root, p)).Descendants("EmbeddedResource").Select(e => Path.Combine(Path.GetDirectoryName(p)!, e.Attribute("Include")!.Value)))
            .Select(p => Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, p))).Where(p => p.EndsWith(".md", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(embedded);
        Assert.All(embedded, p => Assert.Contains($"!{p}", File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore"))));
    }

    /// <summary>What the commands make is what the manifests ask for.</summary>
    [Theory]
    [InlineData("keda/base", App, "docs/functions-app.md"), InlineData("keda/overlays/standalone", Standalone, "docs/kubernetes.md")]
    public void ImageOfManifests_IsTheOneThatIsBuilt(string folder, string project, string page)
    {
        using var sources = new Sources();
        var image = Overlay.Read(sources, folder).Container["image"]!.GetValue<string>();
        var version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.EndsWith($":{version}", image, StringComparison.Ordinal);
        Assert.Contains($" -t {image} .\n", Read(project), StringComparison.Ordinal);
        Assert.Contains($" -t {image} .", File.ReadAllText(Path.Combine(Repository.Root, page)), StringComparison.Ordinal);
        if (project != Standalone) return;
        var published = XDocument.Load(Path.Combine(Repository.Root, project, "Seldon.Functions.Standalone.csproj"));
        Assert.Equal(image, $"{published.Descendants("ContainerRepository").Single().Value}:{published.Descendants("ContainerImageTag").Single().Value.Replace("$(Version)", version, StringComparison.Ordinal)}");
    }

    [Theory]
    [InlineData("**/bin"), InlineData("**/obj"), InlineData("**/local.settings.json"), InlineData(".git")]
    public void BuildContext_HoldsNeitherSecretsNorOutput(string pattern) =>
        Assert.Contains(pattern, File.ReadAllLines(Path.Combine(Repository.Root, ".dockerignore")));

    /// <summary>A project and those that it references.</summary>
    private static IEnumerable<string> ProjectsOf(string project) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(r => Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, r.Attribute("Include")!.Value)))
            .SelectMany(ProjectsOf).Append(project).Distinct();

    private static string Read(string project) => File.ReadAllText(Path.Combine(Repository.Root, project, "Dockerfile"));
}
