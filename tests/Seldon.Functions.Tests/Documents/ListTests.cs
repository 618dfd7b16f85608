using System.CommandLine;
using System.Text.RegularExpressions;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Commands;

namespace Seldon.Functions.Tests.Documents;

/// <summary>What the pages list is all that there is: reasons, instruments, alerts, options of commands.</summary>
public partial class ListTests
{
    private static readonly Page Operations = Page.Read("docs/operations.md");

    [Fact]
    public void Reasons_AreOnTheDeliveryPage() => Assert.Equal([], MissingOn(Page.Read("docs/delivery.md"), Enum.GetValues<RejectionReason>().Select(r => r.ToWire())));

    [Fact]
    public void Instruments_AreOnTheOperationsPage()
    {
        var instruments = Sources().SelectMany(s => Instrument().Matches(s)).Select(m => m.Groups[1].Value.Replace(".limit", "", StringComparison.Ordinal)).Distinct().ToList();

        Assert.InRange(instruments.Count, 14, 50);
        Assert.Equal([], MissingOn(Operations, instruments));
    }

    [Fact]
    public void Alerts_AreOnTheOperationsPage()
    {
        var alerts = Alert().Matches(File.ReadAllText(Path.Combine(Repository.Root, "keda/monitoring/prometheus-rule.yaml"))).Select(m => m.Groups[1].Value).ToList();

        Assert.InRange(alerts.Count, 8, 50);
        Assert.Equal([], MissingOn(Operations, alerts));
    }

    [Fact]
    public void OptionsOfCommands_AreOnTheOperationsPage() =>
        Assert.Equal([], MissingOn(Operations, new[] { DemoCommand.Create(), RedriveCommand.Create(), CheckCommand.Create(), SendCommand.Create(), PeekCommand.Create(), SettingsCommand.Create(), ModelCommand.Create() }.SelectMany(c => c.Options).Select(o => o.Name)));

    [Fact]
    public void OptionsOfBench_AreOnTheMergingPage() => Assert.Equal([], MissingOn(Page.Read("docs/merging.md"), BenchCommand.Create().Options.Select(o => o.Name)));

    [Fact]
    public void WhatAPageLacks_IsSeen() => Assert.Equal(["b", "c"], MissingOn(new Page("docs/x.md", "`a`, b"), ["a", "b", "c"]));

    private static List<string> MissingOn(Page page, IEnumerable<string> names) =>
        [.. names.Where(n => !page.Text.Contains($"`{n}`", StringComparison.Ordinal))];

    private static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "functions"), "*.cs", SearchOption.AllDirectories)
        .Where(f => !f.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin")).Select(File.ReadAllText);

    [GeneratedRegex("\"(seldon\\.functions\\.[a-z.]+)\"")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();
}
