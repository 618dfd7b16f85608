using Seldon.Functions.Standalone.Checks;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>A host.json that would lose records is red.</summary>
public class HostFileTests
{
    private static readonly string Ours = File.ReadAllText(Path.Combine(Repository.Root, "host.json"));

    [Fact]
    public void OurOwn_IsGreen() => Assert.Equal(Level.Ok, Assert.Single(HostFileCheck.Run(Ours)).Level);

    [Theory]
    [InlineData("\"commitOnFailure\": false", "\"commitOnFailure\": true", "extensions.kafka.commitOnFailure is true")]
    [InlineData("\"commitOnFailure\": false,", "", "extensions.kafka.commitOnFailure is not set")]
    [InlineData("\"maxRetries\": -1", "\"maxRetries\": 5", "extensions.kafka.maxRetries is 5")]
    [InlineData("\"functionTimeout\": \"-1\"", "\"functionTimeout\": \"00:05:00\"", "functionTimeout is 00:05:00")]
    [InlineData("{", "[", "host.json cannot be read")]
    public void WhatWouldLoseRecords_IsRed(string from, string to, string text)
    {
        Assert.Contains(from, Ours, StringComparison.Ordinal);

        var finding = Assert.Single(HostFileCheck.Run(Ours.Replace(from, to, StringComparison.Ordinal)));

        Assert.Equal(Level.Failure, finding.Level);
        Assert.StartsWith(text, finding.Text, StringComparison.Ordinal);
        Assert.NotNull(finding.Fix);
    }
}
