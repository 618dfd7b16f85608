using System.Text.RegularExpressions;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The instances of one run: processes of the executable, started and ended as a fault asks for it.</summary>
internal sealed partial class Fleet(IReadOnlyDictionary<string, string?> settings) : IAsyncDisposable
{
    private readonly List<HostProcess> _all = [];
    private readonly List<HostProcess> _running = [];
    private readonly Dictionary<HostProcess, (string Name, string Value)[]> _own = [];

    public IReadOnlyList<HostProcess> Running => _running;

    /// <summary>Any of those that run.</summary>
    public HostProcess Any => Random.Shared.GetItems(_running.ToArray(), 1)[0];

    /// <summary>One more, which is not waited for.</summary>
    /// <param name="more">Settings of this one.</param>
    public HostProcess Start(params (string Name, string Value)[] more)
    {
        var its = new Dictionary<string, string?>(settings);
        foreach (var (name, value) in more) its[name] = value;
        var instance = Executable.Run(its);
        _own[instance] = more;
        _all.Add(instance);
        _running.Add(instance);
        return instance;
    }

    /// <summary>Some more; returns when each has been given partitions.</summary>
    /// <param name="own">Settings of each of them.</param>
    public async Task AddAsync(int count = 1, Func<int, (string Name, string Value)[]>? own = null)
    {
        foreach (var instance in Enumerable.Range(0, count).Select(i => Start(own?.Invoke(i) ?? [])).ToList()) await UntilAnyPrintedAsync("Assigned: ", instance);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill(HostProcess instance)
    {
        instance.Kill();
        _running.Remove(instance);
    }

    /// <summary>SIGKILL, and another one with the same settings.</summary>
    public void Replace(HostProcess instance)
    {
        Kill(instance);
        Start(_own[instance]);
    }

    /// <summary>SIGTERM; it must end in order.</summary>
    public async Task TerminateAsync(HostProcess instance)
    {
        _running.Remove(instance);
        try
        {
            Assert.Equal(0, await instance.TerminateAsync());
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"An instance does not end when it is told to. {Describe()}");
        }
    }

    public async Task TerminateAllAsync()
    {
        foreach (var instance in _running.ToList()) await TerminateAsync(instance);
    }

    /// <summary>Waits until one of those that run, or the given one, has printed a text.</summary>
    public Task UntilAnyPrintedAsync(string text, HostProcess? one = null) => Until.True(
        () => (one is null ? _running : [one]).Any(i => i.Lines.Any(l => l.Contains(text, StringComparison.OrdinalIgnoreCase))),
        () => $"an instance prints '{text}'. {Describe()}");

    /// <summary>How many lines with a text all of them have printed.</summary>
    public int CountPrinted(string text) => _all.Sum(i => i.Lines.Count(l => l.Contains(text, StringComparison.OrdinalIgnoreCase)));

    /// <summary>What they printed last, dead letters aside.</summary>
    public string Describe() => string.Join(Environment.NewLine, _all.Select((instance, i) =>
        $"Instance {i}{(instance.HasExited ? " (ended)" : "")}:{Environment.NewLine}{string.Join(Environment.NewLine, instance.Lines.Where(l => !DeadLetter().IsMatch(l)).TakeLast(12))}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _all) await instance.DisposeAsync();
    }

    [GeneratedRegex("Dead letter: |: Seldon.Functions.*\\[100\\]")]
    private static partial Regex DeadLetter();
}
