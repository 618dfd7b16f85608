using Microsoft.Win32.SafeHandles;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Lines on standard output. In a pipe whose reader has gone, such as <c>head</c>, they say so; the console would not.</summary>
internal sealed class PipedLines : IDisposable
{
    private const int StandardOutput = 1;

    private readonly SafeFileHandle? _handle;
    private readonly TextWriter _lines = Console.Out;

    public PipedLines()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows()) return;
        _handle = new SafeFileHandle(StandardOutput, ownsHandle: false);
        var stream = new FileStream(_handle, FileAccess.Write, bufferSize: 0);
        // A file is left to the console: others may write to it after us.
        if (!stream.CanSeek) _lines = new StreamWriter(stream) { AutoFlush = true };
    }

    /// <summary>Writes a line; false if nobody reads it any more.</summary>
    public bool TryWrite(string line)
    {
        try
        {
            _lines.WriteLine(line);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => _handle?.Dispose();
}
