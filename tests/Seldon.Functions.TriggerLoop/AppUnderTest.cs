namespace Seldon.Functions.TriggerLoop;

/// <summary>The app as it is built for the tests, with all that it needs beside it.</summary>
public static class AppUnderTest
{
    /// <summary>Where its assembly lies: in its own project's output, as it was built with the program that asks.</summary>
    public static string Assembly { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "../../../../Seldon.Functions.AppUnderTest/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/Seldon.Functions.App.dll"));

    /// <summary>Whether an environment variable is one that the app would take for a setting of its own.</summary>
    public static bool IsSetting(string name) => name == "ENGINE_PREDICTOR" || ((string[])["KAFKA_", "MODEL_", "OTEL_", "SELDON"]).Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase));
}
