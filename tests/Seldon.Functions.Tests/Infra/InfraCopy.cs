namespace Seldon.Functions.Tests.Infra;

/// <summary>A copy of infra/ to break something in.</summary>
internal sealed class InfraCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("seldon-functions-");

    public InfraCopy()
    {
        var source = Template.OfTheRepository.Folder;
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".bicep" or ".bicepparam" or ".json"))
        {
            var name = Path.GetRelativePath(source, file);
            if (name.Split(Path.DirectorySeparatorChar)[0] is "obj" or "bin") continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Folder, name))!);
            File.Copy(file, Path.Combine(Folder, name));
        }
    }

    public string Folder => _folder.FullName;

    public Template Template => new(Folder);

    /// <summary>Writes something else into a file, and makes sure that this changes it.</summary>
    public void Change(string file, string text, string other)
    {
        var path = Path.Combine(Folder, file);
        var before = File.ReadAllText(path);
        var after = before.Replace(text, other, StringComparison.Ordinal);
        Assert.NotEqual(before, after);
        File.WriteAllText(path, after);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
