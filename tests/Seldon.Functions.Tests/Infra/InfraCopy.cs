using Seldon.Functions.Tests.House;

namespace Seldon.Functions.Tests.Infra;

/// <summary>A copy of infra/ to break something in.</summary>
internal sealed class InfraCopy() : RepositoryCopy(Template.OfTheRepository.Folder, Files())
{
    public Template Template => new(Folder);

    private static IEnumerable<string> Files()
    {
        var source = Template.OfTheRepository.Folder;
        return Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(f =>
            Path.GetExtension(f) is ".bicep" or ".bicepparam" or ".json" && Path.GetRelativePath(source, f).Split(Path.DirectorySeparatorChar)[0] is not ("obj" or "bin"));
    }
}
