using System.Text;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>Invariant 3: order, and the partition that a record lands in.</summary>
public class OrderTests
{
    private const int Inputs = 5;
    private const int Outputs = 3;
    private const int Errors = 2;

    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("abc", 479470107)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    public void KafkasOwnVectors_HaveTheHashesOfJava(string key, int hash) => Assert.Equal(hash, unchecked((int)Partitioning.Hash(Encoding.UTF8.GetBytes(key))));

    [Fact]
    public async Task RandomLatencyAndConcurrency_ResultsAreInOrderInTheRightPartition()
    {
        await using var bed = await TestBed.CreateAsync(Inputs, Outputs, Errors);
        bed.Model.Script = Latency.UpTo(20);
        var inputs = Input.Spread(Inputs, 200);
        await bed.ProduceAsync(inputs);
        var host = bed.Start();
        using var published = bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.All(published.All, p => Assert.False(p.IsDeadLetter));
        Assert.All(published.All, p => Assert.Equal(TargetOf(p, Outputs), p.Record.Partition));
        Assert.Equal(Inputs, published.All.Where(p => p.Record.Key is null).Select(p => p.Source.Partition).Distinct().Count());
        Assert.Equal(Outputs, published.All.Where(p => p.Record.Key is not null).Select(p => p.Record.Partition).Distinct().Count());
    }

    [Fact]
    public async Task BadRecordsAmongGoodOnes_LettersAreInOrderInTheRightPartition()
    {
        await using var bed = await TestBed.CreateAsync(Inputs, Outputs, Errors);
        var random = Latency.UpTo(20);
        // Some bad records are known as such at once, others only when the model has been asked.
        bed.Model.Script = call => call.Says("refuse") ? Reactions.Refuse : random(call);
        var inputs = Input.Spread(Inputs, 60).Select((input, i) => (i % 4) switch
        {
            0 => input with { Value = "[]"u8.ToArray() },
            2 => input with { Value = """{"refuse":1}"""u8.ToArray() },
            _ => input,
        }).ToList();
        await bed.ProduceAsync(inputs);
        var host = bed.Start();
        using var published = bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Equal(inputs.Count / 2, published.DeadLetters.Count());
        Assert.All(published.DeadLetters, p => Assert.Equal(TargetOf(p, Errors), p.Record.Partition));
        Assert.Equal(["invalid-json", "refused-by-model"], published.DeadLetters.Select(p => p.Reason).Distinct().Order());
    }

    private static int TargetOf(Publication publication, int partitions) =>
        publication.Record.Key is { } key ? Partitioning.PartitionOf(key, partitions) : publication.Source.Partition % partitions;
}
