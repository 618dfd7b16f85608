using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Merging;

/// <summary>From topic to topic with merging on: nothing is lost, and results and dead letters are in input order.</summary>
public class MergedOrderTests
{
    [Fact]
    public async Task BadRowsAmongGoodOnes_EachEndsOnce_InOrder()
    {
        await using var bed = await TestBed.CreateAsync();
        var dialect = RowDialect.All["tensorflow REST rows"];
        bed.Model.Script = call => call.Says("bad") ? Reactions.Refuse : dialect.Answer(call);
        var inputs = Input.Spread(4, 400).Select((input, i) => input with { Value = System.Text.Encoding.UTF8.GetBytes($$"""{"instances":["{{(i % 40 == 7 ? "bad" : "good")}}"]}""") }).ToList();
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("KAFKA_WORKERS", "2"), ("MODEL_MAX_BATCH_ROWS", "32"));
        using var published = bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);

        Assert.Equal(inputs.Count / 40, published.DeadLetters.Count());
        Assert.InRange(published.All.Count(p => p.Record.Headers.TextOf("seldon-merged") is not null), inputs.Count / 4, inputs.Count);
    }

    [Fact]
    public async Task HostIsStoppedAndStarted_NothingIsLost()
    {
        await using var bed = await TestBed.CreateAsync();
        var dialect = RowDialect.All["tensorflow REST rows"];
        bed.Model.Script = dialect.Answer;
        var inputs = Input.Spread(4, 500).Select(input => input with { Value = """{"instances":["good"]}"""u8.ToArray() }).ToList();
        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        (string, string?)[] settings = [("KAFKA_WORKERS", "2"), ("MODEL_MAX_BATCH_ROWS", "8"), ("Seldon:Window:Records", "100")];
        var host = bed.Start(settings);
        await published.UntilSources(100);

        await host.StopAsync();
        host = bed.Start(settings);

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
    }
}
