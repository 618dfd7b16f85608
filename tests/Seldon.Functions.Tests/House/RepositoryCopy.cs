namespace Seldon.Functions.Tests.House;

/// <summary>A copy of some of the repository's files, in a folder of their own, to break something in.</summary>
internal abstract class RepositoryCopy : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("seldon-functions-");

    /// <param name="root">The folder that the copy stands for.</param>
    /// <param name="files">The files below it that are copied.</param>
    protected RepositoryCopy(string root, IEnumerable<string> files)
    {
        foreach (var file in files) File.Copy(file, PathOf(Path.GetRelativePath(root, file)));
    }

    /// <summary>Where it lies.</summary>
    public string Folder => _folder.FullName;

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public bool Has(string file) => File.Exists(Path.Combine(Folder, file));

    /// <summary>Replaces a text, which must be there, in a file.</summary>
    public void Edit(string file, string from, string to)
    {
        var text = Read(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        Write(file, text.Replace(from, to, StringComparison.Ordinal));
    }

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    public void Delete(string file) => File.Delete(Path.Combine(Folder, file));

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>The place of a file, whose folder is there.</summary>
    private string PathOf(string file)
    {
        var path = Path.Combine(Folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }
}
