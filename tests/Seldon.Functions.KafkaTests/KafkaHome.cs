using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Seldon.Functions.KafkaTests;

/// <summary>The genuine Apache Kafka that stands beside the repository, and what it needs to run.</summary>
internal sealed partial class KafkaHome
{
    private const string Solution = "Seldon.Functions.sln";
    private const int LeastJava = 17;

    private KafkaHome(string folder, string? missing) => (Folder, Missing) = (folder, missing);

    /// <summary>The folder with broker.sh and tool.sh.</summary>
    public string Folder { get; }

    /// <summary>What is missing for starting a broker; null if nothing is.</summary>
    public string? Missing { get; }

    public static KafkaHome Find()
    {
        var folder = "";
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null && folder.Length == 0; parent = parent.Parent)
        {
            if (File.Exists(Path.Combine(parent.FullName, Solution))) folder = Path.Combine(parent.Parent?.FullName ?? "", "shared", "kafka");
        }
        return new KafkaHome(folder, WhatIsMissing(folder));
    }

    private static string? WhatIsMissing(string folder)
    {
        const string otherwise = "; or set SELDON_TEST_KAFKA to the bootstrap servers of a Kafka for tests.";
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS()) return "No Kafka: broker.sh needs a Unix shell" + otherwise;
        if (!File.Exists(Path.Combine(folder, "broker.sh"))) return "No Kafka: there is no shared/kafka/broker.sh beside the repository" + otherwise;
        if (FirstLine("openssl", "version") is null) return "No Kafka: openssl is not installed" + otherwise;
        if (FirstLine("java", "-version") is not { } java) return $"No Kafka: java is not installed (version {LeastJava} or newer)" + otherwise;
        return JavaVersion().Match(java) is { Success: true } found && int.Parse(found.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) >= LeastJava
            ? null
            : $"No Kafka: java is too old, {LeastJava} or newer is needed, found {java}" + otherwise;
    }

    /// <summary>The first line that the program prints; null if it cannot be started.</summary>
    private static string? FirstLine(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, argument) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadLine(), process.StandardError.ReadLine());
            process.WaitForExit();
            return output ?? error ?? "";
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex("version \"(\\d+)")]
    private static partial Regex JavaVersion();
}
