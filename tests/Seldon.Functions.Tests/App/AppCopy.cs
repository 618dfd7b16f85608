namespace Seldon.Functions.Tests.App;

/// <summary>The app's project and what it is built with, in a folder of its own: a restore there changes nothing here, and finds no packages.</summary>
internal sealed class AppCopy : RepositoryCopy
{
    public const string Assets = "functions/Seldon.Functions.App/obj/project.assets.json";

    public AppCopy() : base(Repository.Root, Files()) =>
        Write("nuget.config", """<configuration><packageSources><clear /><add key="none" value="packages" /></packageSources></configuration>""");

    /// <summary>What the SDK printed.</summary>
    public async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "packages"));
        var (_, output, errors) = await Sdk.RunAsync(Path.Combine(Folder, folder), new() { ["NUGET_PACKAGES"] = Path.Combine(Folder, "cache") }, arguments);
        return output + errors;
    }

    private static IEnumerable<string> Files()
    {
        string[] projects = ["functions/Seldon.Functions.App", "functions/Seldon.Functions"];
        return Directory.EnumerateFiles(Repository.Root).Where(f => Path.GetExtension(f) is ".props" or ".json" or ".txt" || Path.GetFileName(f) == ".editorconfig")
            .Concat(projects.SelectMany(p => Directory.EnumerateFiles(Path.Combine(Repository.Root, p))));
    }
}
