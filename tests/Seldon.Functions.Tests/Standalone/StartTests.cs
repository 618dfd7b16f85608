using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Demo.Broker;
using Seldon.Functions.Kafka;
using Seldon.Functions.Tests.Kafka;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>Starting where something is not there yet, and where to read.</summary>
public class StartTests
{
    [Fact]
    public async Task NothingIsThere_SaysWhatItWaitsForAndStopsWhenAsked()
    {
        // A port that was free a moment ago.
        string broker;
        using (var gone = EmbeddedBroker.Start()) broker = gone.BootstrapServers;
        await using var bed = await TestBed.CreateAsync();
        await using var host = new RunningHost(ProcessorSettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection(bed.SettingsWith(("KAFKA_BROKER", broker))).Build()));

        await Until.True(() => host.Logs.Has($"Waiting for Kafka at {broker}: no broker answers", LogLevel.Warning));

        Assert.False(host.HasEnded);
        await host.StopAsync();
    }

    [Fact]
    public async Task BrokerComesLater_ReadingStarts()
    {
        await using var bed = await TestBed.CreateAsync();
        var inputs = Input.Spread(4, 5);
        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        bed.Broker.SetBrokerDown(1);
        var host = bed.Start();
        await Until.True(() => host.Logs.Has("Waiting for Kafka", LogLevel.Warning));
        bed.Broker.SetBrokerUp(1);

        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
    }

    [Fact]
    public async Task InputTopicComesLater_ReadingStarts()
    {
        await using var bed = await TestBed.CreateAsync();
        // Metadata say UNKNOWN_TOPIC_OR_PART.
        bed.Broker.SetTopicError(TestBed.Input, 3);
        var host = bed.Start();
        using var published = bed.Read();
        await Until.True(() => host.Logs.Has($"the input topic {TestBed.Input} is not there", LogLevel.Warning));

        bed.Broker.SetTopicError(TestBed.Input, 0);
        var inputs = Input.Spread(4, 5);
        await bed.ProduceAsync(inputs);
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
    }

    [Fact]
    public async Task ModelComesLater_TheHostIsInItsGroupAndTheRecordsWait()
    {
        await using var bed = await TestBed.CreateAsync();
        var inputs = Input.Spread(4, 5);
        await bed.ProduceAsync(inputs);
        bed.Model.Readiness = Reactions.NotReady;
        var host = bed.Start();
        using var published = bed.Read();
        await Until.True(() => host.Logs.Has("that the model is not available", LogLevel.Warning));
        await Until.True(() => host.Logs.Has("Assigned"));
        await published.UntilEnd();
        Assert.Empty(published.All);
        Assert.Empty(bed.Model.Calls);

        bed.Model.Readiness = Reactions.Ready;
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Assert.True(host.Logs.Has("Resuming"));
    }

    [Fact]
    public async Task NoCommittedOffset_ReadingStartsAtTheEarliest()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        var inputs = Input.Many(0, 10).ToList();
        await bed.ProduceAsync(inputs);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(10);
        Account.EachOnce(inputs, published);
        Assert.DoesNotContain(host.Logs.Lines, l => l.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task CommittedOffsetInRange_ReadingStartsThere()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        await bed.ProduceAsync(Input.Many(0, 10));
        bed.Commit(0, 7);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(3);
        await host.StopAsync();
        await published.UntilEnd();
        Assert.Equal([7, 8, 9], published.All.Select(p => p.Source.Offset).Order());
    }

    [Fact]
    public async Task CommittedOffsetBeyondTheEnd_IsLoggedAndReadingGoesOnAtTheEarliest()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 2);
        var inputs = Input.Spread(2, 10);
        await bed.ProduceAsync(inputs);
        bed.Commit(0, 1000);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
        Assert.True(host.Logs.Has("in/0: the committed offset 1000 is beyond the end 10 of the log", LogLevel.Error));
        await host.StopAsync();
        Assert.Equal([10, 10], bed.Committed());
    }

    [Fact]
    public async Task CommittedOffsetHasExpired_GapIsLoggedAndReadingGoesOnAtTheEarliest()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        await bed.ProduceAsync(Input.Many(0, 1));
        bed.Commit(0, 1);
        // The broker keeps 5 MiB; each of these comes in a batch of its own.
        for (var i = 0; i < 8; i++) await bed.ProduceAsync([Input.Of(0, "k", $$"""{"a":"{{new string('x', 1_000_000)}}"}""")]);
        var (low, high) = (bed.Watermarks(0).Low.Value, bed.Watermarks(0).High.Value);
        Assert.InRange(low, 2, 8);
        var host = bed.Start();
        using var published = bed.Read();

        await published.UntilSources((int)(high - low));
        await host.StopAsync();
        Assert.Equal(Enumerable.Range((int)low, (int)(high - low)).Select(o => (long)o), published.All.Select(p => p.Source.Offset).Order());
        Assert.True(host.Logs.Has($"in/0: {low - 1} records from committed offset 1 on have expired before they were read. Reading resumes at {low}", LogLevel.Error));
    }
}
