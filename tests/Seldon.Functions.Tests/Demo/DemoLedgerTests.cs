using System.Text;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's account finds what is wrong.</summary>
public class DemoLedgerTests
{
    private static readonly Dialect SeldonRest = DialectList.All[0];

    private readonly DemoLedger _ledger = new();

    [Fact]
    public void EveryRecordComesOutOnceAndInOrder_NothingIsWrong()
    {
        Enter(Input("flowers.seldon", 0, 0), Input("flowers.seldon", 0, 1), Input("flowers.v2", 0, 0, "inference.ModelInferRequest"));
        Enter(Result("flowers.seldon", 0, 0, 0), DeadLetter("flowers.seldon", 0, 1), Result("flowers.v2", 0, 0, 0, "inference.ModelInferResponse"));

        Assert.Equal((0, 0, 0), (_ledger.Lost, _ledger.Duplicated, _ledger.OutOfOrder));
        Assert.Equal(new DemoCounts(2, 1, 1), _ledger.CountsOf(SeldonRest));
        Assert.Equal(new DemoCounts(1, 1, 0), _ledger.CountsOf(DialectList.All[^1]));
        Assert.Equal("invalid-json", Assert.Single(_ledger.Rejected).Reason);
        Assert.Equal(3, _ledger.Sources);
    }

    [Theory, InlineData("flowers.seldon", 1, 0), InlineData("flowers.seldon", 0, 1), InlineData("flowers.v2", 0, 0)]
    public void SomethingElseComesOut_TheRecordIsLost(string topic, int partition, long offset)
    {
        Enter(Input("flowers.seldon", 0, 0), Result(topic, partition, offset, 0));

        Assert.Equal(1, _ledger.Lost);
    }

    [Fact]
    public void ResultAndDeadLetterOfOneRecord_OneIsADuplicateAndNotCountedAgain()
    {
        Enter(Input("flowers.seldon", 0, 0), Result("flowers.seldon", 0, 0, 0), DeadLetter("flowers.seldon", 0, 0), Result("flowers.seldon", 0, 0, 1));

        Assert.Equal((2, 1), (_ledger.Duplicated, _ledger.Sources));
        Assert.Equal(new DemoCounts(1, 1, 0), _ledger.CountsOf(SeldonRest));
    }

    [Fact]
    public void ResultStandsBehindALaterOneOfItsPartition_IsOutOfOrder()
    {
        Enter(Result("flowers.seldon", 0, 1, 2), Result("flowers.seldon", 0, 0, 2));

        Assert.Equal(1, _ledger.OutOfOrder);
    }

    [Fact]
    public void ResultBehindALaterOffsetOfAnotherPartition_IsInOrder()
    {
        Enter(Result("flowers.seldon", 0, 5, 2));
        Enter(Result("flowers.v2", 0, 4, 2), Result("flowers.seldon", 1, 3, 2), Result("flowers.seldon", 0, 2, 1), DeadLetter("flowers.seldon", 0, 1));

        Assert.Equal(0, _ledger.OutOfOrder);
    }

    [Fact]
    public void DeadLetterThatIsRedriven_IsTheSameRequestOnceMore()
    {
        Enter(Input("flowers.seldon", 0, 0), Input("flowers.seldon", 0, 1), DeadLetter("flowers.seldon", 0, 0), DeadLetter("flowers.seldon", 0, 1));

        Enter(Redriven("flowers.seldon", 0, 2), Redriven("flowers.seldon", 0, 3));
        Assert.Equal((2, 2, 0), (_ledger.Waiting, _ledger.Redriven, _ledger.RedrivenAnswered));
        Assert.Equal(new DemoCounts(2, 0, 0), _ledger.CountsOf(SeldonRest));

        Enter(Result("flowers.seldon", 0, 2, 0), DeadLetter("flowers.seldon", 0, 3));
        Assert.Equal((0, 2, 1), (_ledger.Waiting, _ledger.Redriven, _ledger.RedrivenAnswered));
        Assert.Equal(new DemoCounts(2, 1, 1), _ledger.CountsOf(SeldonRest));
        Assert.Equal([false, false, true], _ledger.Rejected.Select(r => r.IsRedriven));
        Assert.Equal((0, 0, 0), (_ledger.Lost, _ledger.Duplicated, _ledger.OutOfOrder));
    }

    [Fact]
    public void Cleared_KnowsNothingOfWhatCameBefore()
    {
        Enter(Input("flowers.seldon", 0, 0), Result("flowers.seldon", 0, 0, 0), Input("flowers.seldon", 0, 1), DeadLetter("flowers.seldon", 0, 1));

        _ledger.Clear();

        Assert.Equal((0, 0, 0), (_ledger.Sources, _ledger.Lost, _ledger.Redriven));
        Assert.Equal(default, _ledger.CountsOf(SeldonRest));
        Assert.Empty(_ledger.Rejected);
        Assert.Null(_ledger.SampleOf(SeldonRest));
    }

    [Fact]
    public void ResultThatDoesNotSayWhereItComesFrom_IsADefect() =>
        Assert.Throws<InvalidOperationException>(() => Enter(Of("flowers.predictions", 0, 0)));

    private void Enter(params Record[] records)
    {
        foreach (var record in records) _ledger.Add(record);
    }

    private static Record Input(string topic, int partition, long offset, string? type = null) => Of(topic, partition, offset, ("proto-name", type));

    private static Record Redriven(string topic, int partition, long offset) => Of(topic, partition, offset, ("seldon-redriven", "1"));

    private static Record Result(string topic, int partition, long offset, int outPartition, string? type = null) =>
        Of("flowers.predictions", outPartition, 0, ("seldon-source", $"{topic}/{partition}/{offset}"), ("proto-name", type));

    private static Record DeadLetter(string topic, int partition, long offset) => Of(
        "flowers.predictions.errors", 0, 0, ("seldon-error-topic", topic), ("seldon-error-partition", $"{partition}"), ("seldon-error-offset", $"{offset}"),
        ("seldon-error-reason", "invalid-json"), ("seldon-error-message", "Why."));

    private static Record Of(string topic, int partition, long offset, params (string Name, string? Value)[] headers) => new(
        topic, partition, offset, 0, null, "{}"u8.ToArray(),
        [.. headers.Where(h => h.Value is not null).Select(h => new Header(h.Name, Encoding.UTF8.GetBytes(h.Value!)))]);
}
