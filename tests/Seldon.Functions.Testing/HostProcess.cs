using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Seldon.Functions.Testing;

/// <summary>The real executable, as a process of its own.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private HostProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written to standard output.</summary>
    public string Output => Read(_output);

    /// <summary>What it has written to standard error.</summary>
    public string Errors => Read(_errors);

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>seldon-functions</c>, which lies beside the tests, with nothing of ours in the environment but these settings.</summary>
    public static HostProcess Start(IReadOnlyDictionary<string, string?> settings, params string[] arguments) => StartProgram("seldon-functions.dll", settings, arguments);

    /// <summary>The same for another program beside the tests.</summary>
    public static HostProcess StartProgram(string program, IReadOnlyDictionary<string, string?> settings, params string[] arguments) =>
        new(Configure(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [PathOf(program), .. arguments]), settings));

    /// <summary>The same for a script, which a shell runs.</summary>
    public static HostProcess StartShell(string script, IReadOnlyDictionary<string, string?> settings) => new(Configure(new ProcessStartInfo("/bin/sh", ["-c", script]), settings));

    /// <summary>Runs it to its end.</summary>
    public static async Task<HostProcess> RunAsync(IReadOnlyDictionary<string, string?> settings, params string[] arguments)
    {
        var process = Start(settings, arguments);
        await process.ExitCodeAsync();
        return process;
    }

    public int ExitCode => _process.ExitCode;

    public async Task<int> ExitCodeAsync()
    {
        // Ends when both streams are read to their ends, too.
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TimeProvider.System);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL, of this process only, whatever it has started.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitCodeAsync();
    }

    public void Terminate() => Assert.Equal(0, Kill(_process.Id, Sigterm));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static ProcessStartInfo Configure(ProcessStartInfo start, IReadOnlyDictionary<string, string?> settings)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, AppContext.BaseDirectory);
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return start;
    }

    private const int Sigterm = 15;

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private static bool IsSetting(string name) =>
        name.StartsWith("KAFKA_", StringComparison.Ordinal) || name.StartsWith("MODEL_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("SELDON", StringComparison.OrdinalIgnoreCase) || name == "ENGINE_PREDICTOR";

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, file);

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.AppendLine(line);
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
