using System.Diagnostics;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Tests.App;

/// <summary>The worker process and its host: what they say to each other, and what becomes of one without the other.</summary>
public class WorkerTests
{
    /// <summary>How long a worker may live without its host.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Bindings_AreThoseOfTheSettings()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var app = await bed.AppAsync(
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_USERNAME", "alice"), ("KAFKA_SASL_PASSWORD", "hunter2-4711"), ("KAFKA_ERROR_TOPIC", null));

        var bindings = await app.BindingsAsync();

        Assert.Equal(3, bindings.Count);
        Assert.All(bindings, b => Assert.Contains("\"password\":\"%KAFKA_SASL_PASSWORD%\"", b, StringComparison.Ordinal));
        Assert.Contains(bindings, b => b.Contains("\"topic\":\"out.errors\"", StringComparison.Ordinal));
        Assert.DoesNotContain(bindings, b => b.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BatchOfTenThousand_EachRecordComesOnceInOrder()
    {
        await using var bed = await FunctionBed.CreateAsync();
        var inputs = Input.Spread(4, 2_500);

        await (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch(inputs), CancellationToken.None);

        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
    }

    [Fact]
    public async Task OneRecordWithoutKeyAndWithTwoHundredHeaders_KeepsThemInOrder()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var headers = Enumerable.Range(0, 200).Select(i => new Header($"h{i % 150}", i % 7 == 0 ? null : [(byte)i])).ToArray();

        await (await bed.AppAsync()).InvokeAsync(FunctionBed.Batch([new Input(0, null, "{}"u8.ToArray(), headers)]), CancellationToken.None);

        using var published = bed.Bed.Read();
        await published.UntilEnd();
        var result = Assert.Single(published.Results).Record;
        Assert.Null(result.Key);
        Assert.Equal(headers.Select(h => (h.Name, Hex(h.Value))), result.Headers.Take(200).Select(h => (h.Name, Hex(h.Value))));

        static string Hex(byte[]? value) => value is null ? "null" : Convert.ToHexString(value);
    }

    [Theory]
    [InlineData("2.0", "AzureKafkaRecord", "application/x-protobuf", false)]
    [InlineData("1.0", "AzureStorageBlobs", "application/x-protobuf", false)]
    [InlineData("1.0", "AzureKafkaRecord", "application/json", false)]
    [InlineData("1.0", "AzureKafkaRecord", "application/x-protobuf", true)]
    public async Task BindingDataOfAnotherKind_FailsTheInvocationAndNotTheWorker(string version, string source, string contentType, bool isTorn)
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var app = await bed.AppAsync();
        var batch = FunctionBed.Batch(Input.Many(0, 3));
        var request = BatchMessages.ToInvocation(batch);
        var data = request.InputData[0].Data.CollectionModelBindingData.ModelBindingData[1];
        (data.Version, data.Source, data.ContentType) = (version, source, contentType);
        if (isTorn) data.Content = ByteString.CopyFrom(data.Content.Span[..^1]);

        await Assert.ThrowsAsync<InvalidOperationException>(() => app.InvokeAsync(request, CancellationToken.None));

        Assert.Empty(bed.Bed.Model.Calls);
        await app.InvokeAsync(batch, CancellationToken.None);
        Assert.Equal(3, bed.Bed.Model.Calls.Count);
    }

    [Fact]
    public async Task WorkerIsKilledSixteenTimes_NothingIsLost()
    {
        await using var bed = await FunctionBed.CreateAsync();
        bed.Bed.Model.Script = Latency.UpTo(5);
        var inputs = Input.Spread(4, 1_000);
        await bed.Bed.ProduceAsync(inputs);
        var app = await bed.AppAsync();
        await using var loop = new KafkaTriggerLoop(new TriggerOptions(bed.Configuration(("AzureFunctionsJobHost:extensions:kafka:maxBatchSize", "200"))), app.InvokeAsync);
        using var published = bed.Bed.Read();

        var random = new Random(19);
        for (var kills = 0; kills < 16; kills++)
        {
            // Within a batch: the worker is loaded, and some more calls have come.
            await app.BindingsAsync();
            var calls = bed.Bed.Model.Calls.Count + random.Next(1, 120);
            await Until.True(() => bed.Bed.Model.Calls.Count >= calls || bed.Bed.Committed().Sum() == inputs.Count);
            var worker = app.Worker;
            worker.Kill();
            await Until.True(() => app.Worker != worker);
        }

        await published.UntilSources(inputs.Count);
        await Until.True(() => bed.Bed.Committed().Sum() == inputs.Count);
        Account.NothingIsLost(inputs, published);
        Assert.Empty(published.DeadLetters);
        Assert.Contains(loop.Invocations, i => i.Attempt > 0);
    }

    [Fact]
    public async Task FourHundredMegabytesInBatches_AHeapOfAHundredIsEnough()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Model.Script = _ => Reactions.Http(200, """{"predictions":[1]}""");
        // In hexadecimal. The runtime refuses a process more than that.
        var app = await bed.AppAsync(("SELDON_TRANSPORT", "rest"), ("MODEL_GRPC_URL", null), ("DOTNET_GCHeapHardLimit", "6400000"), ("DOTNET_gcServer", "0"));
        var value = System.Text.Encoding.UTF8.GetBytes($$"""{"instances":["{{new string('a', 20_000)}}"]}""");
        var batch = FunctionBed.Batch(Enumerable.Repeat(new Input(0, null, value), 200));
        await app.BindingsAsync();
        var worker = app.Worker.Id;

        for (var batches = 0; batches < 100; batches++) await app.InvokeAsync(batch, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(worker, app.Worker.Id);
        Assert.False(app.Worker.HasExited);
    }

    [Fact]
    public async Task StreamEnds_WorkerIsGoneAndSaysWhy()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Model.Script = _ => Reactions.Hang;
        var app = await bed.AppAsync();
        var run = app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 3)), CancellationToken.None);
        await Until.True(() => bed.Bed.Model.Calls.Count == 3);

        var start = Stopwatch.GetTimestamp();
        await app.VanishAsync();

        await Assert.ThrowsAsync<WorkerEndedException>(() => run.WaitAsync(2 * Grace, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, Grace);
        Assert.Contains(app.Lines, l => l.StartsWith("Error: the Functions host is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TerminatedWithinABatch_PublishesWhatIsAnsweredAndSaysHowMuchIsLeft()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Model.Script = call => call.Says("\"0-5\"") ? Reactions.Hang : Reactions.Digest;
        var app = await bed.AppAsync();
        using var published = bed.Bed.Read();
        var run = app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 20)), CancellationToken.None);
        await published.UntilSources(5);

        Assert.True(await app.TerminateAsync());

        await Assert.ThrowsAnyAsync<Exception>(() => run.WaitAsync(2 * Grace, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(0, app.Worker.ExitCode);
        Assert.True(bed.Logs.Has("Stopped within a batch: 5 of its 20 records are published, 15 are left", LogLevel.Information));
        Assert.Empty(bed.Logs.At(LogLevel.Warning));
        Assert.DoesNotContain(bed.Logs.At(LogLevel.Error), l => l.Contains("Kafka", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ToldToEndWhileAcknowledgementsDoNotCome_EndsWithinItsGrace()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var app = await bed.AppAsync();
        await app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 1)), CancellationToken.None);
        bed.Bed.Broker.SetBrokerDown(1);
        _ = app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 20)), CancellationToken.None).ContinueWith(r => r.Exception, TaskScheduler.Default);
        await Until.True(() => bed.Bed.Model.Calls.Count == 21);

        Assert.True(await app.TerminateAsync());

        Assert.Equal(0, app.Worker.ExitCode);
        bed.Bed.Broker.SetBrokerUp(1);
    }

    [Fact]
    public async Task SettingsAreWrong_EachWorkerSaysSoAndTheHostGivesUp()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        var app = await bed.AppAsync(("KAFKA_WORKERS", "many"));

        await Assert.ThrowsAsync<WorkerEndedException>(() => app.InvokeAsync([], CancellationToken.None));

        await Until.True(() => app.Lines.Count(l => l.StartsWith("Error in the settings: KAFKA_WORKERS is 'many'", StringComparison.Ordinal)) == 3);
    }

    [Fact]
    public async Task SettingsChangeBetweenWorkers_TheNextOneHasThem()
    {
        await using var bed = await FunctionBed.CreateAsync(inputs: 1);
        bed.Bed.Broker.CreateTopic("other", 1);
        var settings = bed.SettingsWith();
        await using var app = await FunctionsHost.StartAsync(settings, bed.Logs);
        await app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 1)), CancellationToken.None);
        Assert.Contains("%KAFKA_OUTPUT_TOPIC%", (await app.BindingsAsync())[1], StringComparison.Ordinal);

        settings["KAFKA_OUTPUT_TOPIC"] = "other";
        var worker = app.Worker;
        worker.Kill();
        await Until.True(() => app.Worker != worker);
        await app.InvokeAsync(FunctionBed.Batch(Input.Many(0, 2)), CancellationToken.None);

        using var published = bed.Bed.Read();
        await published.UntilEnd();
        Assert.Single(published.Results);
        Assert.Equal(3, bed.Bed.Model.Calls.Count);
    }

    [Fact]
    public async Task TwoHostsOfOneGroup_NothingIsLostWhenOneOfThemStops()
    {
        await using var bed = await FunctionBed.CreateAsync();
        bed.Bed.Model.Script = Latency.UpTo(5);
        var inputs = Input.Spread(4, 500);
        var first = await bed.StartAsync(("AzureFunctionsJobHost:extensions:kafka:maxBatchSize", "50"));
        var second = await bed.StartAsync(("AzureFunctionsJobHost:extensions:kafka:maxBatchSize", "50"));
        using var published = bed.Bed.Read();
        await bed.Bed.ProduceAsync(inputs.Take(1_000));
        await Until.True(() => first.Invocations.Count > 0 && second.Invocations.Count > 0);
        await bed.Bed.ProduceAsync(inputs.Skip(1_000));

        await first.DisposeAsync();

        await published.UntilSources(inputs.Count);
        await Until.True(() => bed.Bed.Committed().Sum() == inputs.Count);
        Account.NothingIsLost(inputs, published);
        Assert.Empty(published.DeadLetters);
    }
}
