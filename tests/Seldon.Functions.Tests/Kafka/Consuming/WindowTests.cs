namespace Seldon.Functions.Tests.Kafka.Consuming;

/// <summary>The window bounds what was read and is not yet committed, over all partitions, and no partition takes it for itself.</summary>
public class WindowTests
{
    [Theory, InlineData(1), InlineData(5), InlineData(10)]
    public async Task ModelIsBlocked_NoMoreRecordsAreUnderWayThanTheWindowTakes(int partitions)
    {
        await using var bed = await TestBed.CreateAsync(partitions);
        var released = new TaskCompletionSource();
        var (now, most) = (0, 0);
        bed.Model.Script = _ => async (context, call) =>
        {
            lock (released) most = Math.Max(most, ++now);
            try
            {
                await Reactions.HangUntil(released.Task)(context, call);
            }
            finally
            {
                lock (released) now--;
            }
        };
        var inputs = Input.Spread(partitions, 40 / partitions);
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("Seldon:Window:Records", "10"));
        using var published = bed.Read();
        await Until.True(() => UnderWay() >= 10);
        released.SetResult();

        await published.UntilSources(inputs.Count);
        await host.StopAsync();
        Account.EachOnce(inputs, published);
        Assert.Equal(10, most);

        int UnderWay()
        {
            lock (released) return now;
        }
    }

    [Fact]
    public async Task RecordsLargerThanTheWindowsBytes_PassOneByOne()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        var (now, most) = (0, 0);
        bed.Model.Script = _ => async (context, call) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Reactions.Digest(context, call);
            Interlocked.Decrement(ref now);
        };
        var inputs = Enumerable.Range(0, 8).Select(i => Input.Of(0, "k", $$"""{"i":{{i}},"a":"{{new string('x', 5000)}}"}""")).ToList();
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("Seldon:Window:Bytes", "4096"));
        using var published = bed.Read();

        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task RecordOfOnePartitionIsHeld_OtherPartitionsGoOn()
    {
        await using var bed = await TestBed.CreateAsync();
        var released = new TaskCompletionSource();
        bed.Model.Script = Latency.HoldBack(call => call.Says("\"0-0\""), released.Task);
        var inputs = Input.Spread(4, 100);
        await bed.ProduceAsync(inputs);
        var host = bed.Start(("Seldon:Window:Records", "20"));
        using var published = bed.Read();

        await published.UntilSources(300);
        await Until.True(() => bed.Committed() is [0, 100, 100, 100]);
        await published.UntilEnd();
        Assert.DoesNotContain(published.All, p => p.Source.Partition == 0);

        released.SetResult();
        await Account.EachOnceInOrderAsync(inputs, published, host.StopAsync);
    }

    [Fact]
    public async Task ModelOfOneRouteIsGone_RecordsOfTheOtherRouteGoOn()
    {
        await using var bed = await TestBed.CreateAsync(inputs: 1);
        bed.Broker.CreateTopic("other", 1);
        await using var gone = await ScriptedModel.StartAsync();
        (string, string?)[] routes =
        [
            ("MODEL_NAME", null), ("MODEL_REST_URL", null), ("MODEL_GRPC_URL", null), ("SELDON_PROTOCOL", null), ("SELDON_TRANSPORT", null),
            .. Route(0, "here", TestBed.Input, bed.Model.RestUrl), .. Route(1, "gone", "other", gone.RestUrl),
        ];
        var host = bed.Start(routes);
        using var published = bed.Read();
        await Until.True(() => host.Logs.Has("Assigned"));
        await gone.StopAsync();

        await bed.ProduceAsync(Input.Many(0, 1), "other");
        await Until.True(() => host.Logs.Has("cannot be reached"));
        var inputs = Input.Many(0, 50).ToList();
        await bed.ProduceAsync(inputs);
        await published.UntilSources(inputs.Count);
        Account.EachOnce(inputs, published);
        Assert.True(!host.Logs.Has("Resuming"));

        static IEnumerable<(string, string?)> Route(int i, string name, string topic, string url) =>
        [
            ($"Seldon:Routes:{i}:Name", name), ($"Seldon:Routes:{i}:InputTopic", topic), ($"Seldon:Routes:{i}:Model", "m"),
            ($"Seldon:Routes:{i}:Protocol", "tensorflow"), ($"Seldon:Routes:{i}:Transport", "rest"), ($"Seldon:Routes:{i}:RestUrl", url),
        ];
    }
}
