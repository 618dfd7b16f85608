namespace Seldon.Functions.Standalone.Hosting;

/// <summary>The version of this program, such as 1.2.3.</summary>
internal static class ProgramVersion
{
    public static string Text { get; } = typeof(InferenceEngine).Assembly.GetName().Version!.ToString(3);
}
