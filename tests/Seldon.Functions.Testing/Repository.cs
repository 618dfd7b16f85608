namespace Seldon.Functions.Testing;

/// <summary>The repository that these tests were built from.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Seldon.Functions.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException($"There is no Seldon.Functions.sln above {AppContext.BaseDirectory}.");
    }
}
