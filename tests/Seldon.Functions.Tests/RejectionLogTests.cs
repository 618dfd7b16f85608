using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests;

/// <summary>Dead letters in the log: a line each, but no flood of lines.</summary>
public sealed class RejectionLogTests : IDisposable
{
    private readonly CapturedLogs _logs = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RejectionLog _log;

    public RejectionLogTests() => _log = new RejectionLog(_logs, _time);

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void TenInASecond_HaveALineEach()
    {
        Add(RejectionReason.InvalidJson, 10);
        _time.Advance(TimeSpan.FromSeconds(1));
        Add(RejectionReason.InvalidJson, 10);
        _time.Advance(TimeSpan.FromMinutes(1));
        _log.Dispose();

        Assert.Equal(20, _logs.Lines.Count);
        Assert.All(_logs.Lines, l => Assert.Contains("is rejected (invalid-json)", l.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void MoreThanTen_AreSummedByReasonWhenTheSecondIsOver()
    {
        Add(RejectionReason.InvalidJson, 8);
        _time.Advance(TimeSpan.FromMilliseconds(600));
        Add(RejectionReason.EmptyValue, 5);
        Add(RejectionReason.InvalidJson, 1000);
        Assert.Equal(10, _logs.Lines.Count);

        _time.Advance(TimeSpan.FromMilliseconds(400));

        var (level, text) = (_logs.Lines.Last().Level, _logs.Lines.Last().Text);
        Assert.Equal((11, LogLevel.Warning), (_logs.Lines.Count, level));
        Assert.StartsWith("Dead letters: 1003 more within a second (3 empty-value, 1000 invalid-json). Ten a second have a line each; the error topic has all.", text, StringComparison.Ordinal);
        Add(RejectionReason.InvalidJson, 1);
        Assert.Equal(12, _logs.Lines.Count);
    }

    [Fact]
    public void Stopped_WhatWasCountedIsSaid()
    {
        Add(RejectionReason.InvalidJson, 11);

        _log.Dispose();

        Assert.Contains("Dead letters: 1 more", _logs.Lines.Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyAtOnce_NoneIsLeftOut()
    {
        const int Threads = 8, Each = 500;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(t => Task.Run(() => Add((RejectionReason)(1 + (t % 2)), Each))));
        _log.Dispose();

        var more = _logs.Lines.Where(l => l.Text.StartsWith("Dead letters: ", StringComparison.Ordinal)).Sum(l => int.Parse(l.Text.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((Threads * Each, 10), (more + _logs.Lines.Count(l => l.Text.StartsWith("Dead letter: ", StringComparison.Ordinal)), _logs.Lines.Count(l => l.Text.StartsWith("Dead letter: ", StringComparison.Ordinal))));
    }

    private void Add(RejectionReason reason, int count)
    {
        for (var i = 0; i < count; i++) _log.Add(TestRecords.Of([1], i), new Rejection(reason, "It is wrong."));
    }
}
