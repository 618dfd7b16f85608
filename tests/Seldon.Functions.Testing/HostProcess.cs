using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Seldon.Functions.Testing;

/// <summary>The real executable, or another program, as a process of its own: its output is kept, and it does not outlive the tests.</summary>
internal sealed class HostProcess : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly ConcurrentQueue<string> _lines = new();

    private HostProcess(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        AppDomain.CurrentDomain.ProcessExit += OnTestsExit;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written to standard output.</summary>
    public string Output => Read(_output);

    /// <summary>What it has written to standard error.</summary>
    public string Errors => Read(_errors);

    /// <summary>The lines of both, in the order in which they came.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>Bytes of memory that it has now.</summary>
    public long Memory => Refreshed().WorkingSet64;

    /// <summary>Files, sockets and the like that it has open now.</summary>
    public int Handles => Refreshed().HandleCount;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts <c>seldon-functions</c>, which lies beside the tests, with nothing of ours in the environment but these settings.</summary>
    public static HostProcess Start(IReadOnlyDictionary<string, string?> settings, params string[] arguments) => StartProgram("seldon-functions.dll", settings, arguments);

    /// <summary>The same for another program beside the tests.</summary>
    public static HostProcess StartProgram(string program, IReadOnlyDictionary<string, string?> settings, params string[] arguments) =>
        new(Configure(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [PathOf(program), .. arguments]), settings));

    /// <summary>The same for a script, which a shell runs.</summary>
    public static HostProcess StartShell(string script, IReadOnlyDictionary<string, string?> settings) => new(Configure(new ProcessStartInfo("/bin/sh", ["-c", script]), settings));

    /// <summary>Starts any program, with these variables besides the environment of the tests.</summary>
    public static HostProcess Start(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string?>> environment, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new HostProcess(start);
    }

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
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Deadline, TimeProvider.System, TestContext.Current.CancellationToken);
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

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>SIGINT, as Ctrl+C sends it.</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>SIGTERM; the exit code when it has ended.</summary>
    public async Task<int> TerminateAsync()
    {
        Terminate();
        return await ExitCodeAsync();
    }

    /// <summary>SIGSTOP: it stands still, and those that talk to it do not know.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Thaw() => Signal("CONT");

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnTestsExit;
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        Dispose();
    }

    private static ProcessStartInfo Configure(ProcessStartInfo start, IReadOnlyDictionary<string, string?> settings)
    {
        start.WorkingDirectory = AppContext.BaseDirectory;
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList()) start.Environment.Remove(name);
        foreach (var (name, value) in settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return start;
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private Process Refreshed()
    {
        _process.Refresh();
        return _process;
    }

    private void OnTestsExit(object? sender, EventArgs e)
    {
        if (!_process.HasExited) _process.Kill();
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("KAFKA_", StringComparison.Ordinal) || name.StartsWith("MODEL_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("SELDON", StringComparison.OrdinalIgnoreCase) || name == "ENGINE_PREDICTOR";

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, file);

    private void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        lock (text) text.AppendLine(line);
    }

    private static string Read(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
