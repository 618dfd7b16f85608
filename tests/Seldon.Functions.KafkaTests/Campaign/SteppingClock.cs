using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The wall clock of the processes that are started with it; clock.c says what a step is to them.</summary>
internal sealed class SteppingClock : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clock-").FullName;
    private readonly FileStream _offset;
    private readonly (string Name, string Value)[] _settings;

    /// <summary>Compiles the library; the clock is the system's at first.</summary>
    public SteppingClock()
    {
        var library = Path.Combine(_folder, "clock.so");
        using var compiler = Process.Start(Compiler("-shared", "-fPIC", "-O2", "-o", library, Path.Combine(AppContext.BaseDirectory, "clock.c"), "-lpthread"))!;
        var said = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, said);
        _offset = new FileStream(Path.Combine(_folder, "offset"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        StepTo(TimeSpan.Zero);
        _settings = [("LD_PRELOAD", library), ("SELDON_TEST_CLOCK", _offset.Name)];
    }

    /// <summary>What is missing for it; null if nothing is.</summary>
    public static string? Missing { get; } = OperatingSystem.IsLinux() ? WhatIsMissing() : "No clock that steps: the library that is preloaded is for Linux.";

    /// <summary>How far the clock is ahead of the system's.</summary>
    public TimeSpan Ahead { get; private set; }

    /// <summary>The run's topics, and its first instance, which goes by this clock; returns when that has been given partitions.</summary>
    public async Task<HostProcess> StartAsync(FaultRun run)
    {
        // The broker's clock is right, and it says when results came.
        var byBroker = ("message.timestamp.type", "LogAppendTime");
        await run.Kafka.CreateAsync(run.Pipeline.Input, 4);
        await run.Kafka.CreateAsync(run.Pipeline.Output, 3, byBroker);
        await run.Kafka.CreateAsync(run.Pipeline.Errors, 2, byBroker);
        var instance = run.Fleet.Start(_settings);
        await run.Fleet.UntilAnyPrintedAsync("Assigned: ", instance);
        return instance;
    }

    /// <summary>The clock is so far ahead of the system's from now on.</summary>
    public void StepTo(TimeSpan ahead)
    {
        var seconds = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(seconds, (long)ahead.TotalSeconds);
        _offset.Position = 0;
        _offset.Write(seconds);
        Ahead = ahead;
    }

    public void Dispose()
    {
        _offset.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static ProcessStartInfo Compiler(params string[] arguments) => new("cc", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };

    private static string? WhatIsMissing()
    {
        try
        {
            using var compiler = Process.Start(Compiler("--version"))!;
            compiler.WaitForExit();
            return null;
        }
        catch (Win32Exception)
        {
            return "No clock that steps: cc, a compiler for C, is not installed.";
        }
    }
}
