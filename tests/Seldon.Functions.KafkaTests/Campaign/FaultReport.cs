using System.Globalization;
using System.Text.Json.Serialization;
using Seldon.Functions.Demo;
using Seldon.Functions.Records;
using Xunit.Sdk;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>A moment from which some instances may not have got to commit what they published, or a time in which they could not.</summary>
/// <param name="At">When, in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Until">When commits got through again; the same moment if they always did.</param>
/// <param name="Instances">How many.</param>
internal readonly record struct Repeat(long At, long Until, int Instances);

/// <summary>What came out of a row, as an independent reader of the topics sees it.</summary>
internal sealed class FaultReport
{
    /// <summary>The commit interval, and that in which positions are handed to the client.</summary>
    private const int CommitMs = 250;

    private readonly List<string> _problems = [];
    private readonly List<string> _remarks = [];

    /// <summary>A row that did not come to its end.</summary>
    public FaultReport(FaultRow fault, Exception failure)
    {
        (Name, Fault) = (fault.Name, fault.What);
        _problems.Add(failure is IAssertionException ? failure.Message : failure.ToString());
    }

    /// <param name="sent">How many records were sent.</param>
    /// <param name="flowers">These, from the first on.</param>
    /// <param name="window">How many records an instance may have read and not yet seen acknowledged.</param>
    /// <param name="repeats">When instances may not have got to commit.</param>
    public FaultReport(FaultRow fault, Account account, int sent, DemoRecords flowers, int window, IReadOnlyList<Repeat> repeats)
    {
        (Name, Fault, Account) = (fault.Name, fault.What, account);
        (Records, Results, DeadLetters) = (sent, account.Results.Count, account.DeadLetters.Count);
        (Lost, Duplicated, OutOfOrder) = (account.Lost.Count + sent - account.Inputs, account.Duplicates, account.OutOfOrder);
        Allowed = repeats.Sum(r => r.Instances * window + account.Out.Count(o => o.Record.Timestamp > r.At - CommitMs && o.Record.Timestamp <= r.Until));
        SilenceSeconds = Math.Round(account.Silences.Values.DefaultIfEmpty().Max().TotalSeconds, 1);
        Expect(Lost == 0, $"{Lost} records are lost");
        Expect(OutOfOrder == 0, $"{OutOfOrder} records are out of order: {account.DescribeOutOfOrder()}");
        Expect(Duplicated <= Allowed, $"{Duplicated} duplicates, {Allowed} allowed: {account.DescribeRewinds()}");
        Expect(account.Ids == account.Inputs, $"{account.Ids} ids for {account.Inputs} records");
        try
        {
            account.AssertComplete(flowers);
        }
        catch (XunitException wrong)
        {
            _problems.Add(wrong.Message);
        }
    }

    public string Name { get; }

    public string Fault { get; }

    public int Records { get; }

    public int Results { get; }

    public int DeadLetters { get; }

    public int Lost { get; }

    public int Duplicated { get; }

    public int Allowed { get; }

    public int OutOfOrder { get; }

    /// <summary>The longest time between two records that came out of an input partition.</summary>
    public double SilenceSeconds { get; }

    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>What must not be. Empty if the row is sound.</summary>
    public IReadOnlyList<string> Problems => _problems;

    [JsonIgnore]
    public Account? Account { get; }

    /// <summary>Adds what a person may want to know.</summary>
    public void Note(FormattableString remark) => _remarks.Add(remark.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a problem if something is not as it must be.</summary>
    public void Expect(bool isSo, FormattableString otherwise)
    {
        if (!isSo) _problems.Add(otherwise.ToString(CultureInfo.InvariantCulture));
    }
}
