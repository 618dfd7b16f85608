using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>The annotations of the pod that this process runs in, where Kubernetes' downward API has written them to a file.</summary>
internal static class PodAnnotations
{
    private const string Setting = "SELDON_ANNOTATIONS_FILE";
    private const string Default = "/etc/podinfo/annotations";
    private const int MostBytes = 1024 * 1024;

    public static IEnumerable<(string Key, string Text, string Place)> Read(SettingReader reader)
    {
        var path = reader.File(Setting) ?? Default;
        foreach (var (line, number) in Lines(path).Select((l, i) => (l, i + 1)))
        {
            // key="value", with the value's special characters escaped; those of numbers have none.
            if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
                yield return (line[..equals], line[(equals + 1)..].Trim('"'), $"{path}:{number}");
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists && file.Length <= MostBytes ? System.IO.File.ReadAllLines(path) : [];
        }
        catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
