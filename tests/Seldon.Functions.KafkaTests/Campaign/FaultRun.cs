using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects.TensorFlow;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>One run of a row: topics of its own, instances, records that arrive, and in the end the account of all that came out.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    /// <summary>Records that an instance may have read and not yet seen acknowledged.</summary>
    public const int Window = 200;

    /// <summary>Records in a second that three instances of one worker do not get done.</summary>
    public const int MoreThanTheyCanDo = 400;

    private const int MostRecords = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly FaultRow _fault;
    private readonly Scene _scene;
    private readonly List<Repeat> _repeats = [];
    private Load? _load;
    private int _sent;

    /// <param name="model">A faulty model, REST only; without one, the scene's by both transports.</param>
    /// <param name="settings">Settings beside the usual ones.</param>
    public FaultRun(FaultRow fault, Scene scene, FaultyModel? model = null, params (string Name, string Value)[] settings)
    {
        (_fault, _scene) = (fault, scene);
        Pipeline = new Pipeline(scene.Kafka, model?.Url ?? scene.Model.RestUrl, model is null ? scene.Model.GrpcUrl : null, $"{fault.Name}-{Guid.NewGuid():N}");
        Flowers = new DemoRecords(model is null ? [TensorFlowDialect.Rest, TensorFlowDialect.Grpc] : [TensorFlowDialect.Rest], MostRecords, _ => Pipeline.Input);
        Fleet = new Fleet(Pipeline.Settings(
            [("KAFKA_WORKERS", "4"), ("Seldon:Window:Records", $"{Window}"), ("KAFKA_DELIVERY", scene.Delivery), ("MODEL_MAX_BATCH_ROWS", $"{scene.BatchRows}"), .. settings]));
    }

    public Pipeline Pipeline { get; }

    public Fleet Fleet { get; }

    public DemoRecords Flowers { get; }

    public KafkaTopics Kafka => _scene.Kafka;

    /// <summary>Records arrive from now on, so many in a second.</summary>
    public void StartLoad(int perSecond = 200, Func<int, ProducerRecord>? record = null) =>
        _load = new Load(Kafka, Pipeline, record ?? (i => Flowers[i]), perSecond);

    /// <summary>All these records are there before anything reads them.</summary>
    public async Task ProduceAsync(int count)
    {
        await Kafka.ProduceAsync(Enumerable.Range(_sent, count).Select(i => Flowers[i]));
        _sent += count;
    }

    /// <summary>From here on, some instances may not have got to commit what they published.</summary>
    public void MayRepeat(int instances = 1)
    {
        var now = Now;
        _repeats.Add(new Repeat(now, now, instances));
    }

    /// <summary>Nothing could be committed from the last such moment until now, whatever was published.</summary>
    public void CommitsGetThroughAgain() => _repeats[^1] = _repeats[^1] with { Until = Now };

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public static Task PauseAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);

    public void Say(string line) => _scene.Say($"{_fault.Name}: {line}");

    /// <summary>Waits until so many records have been sent.</summary>
    public Task UntilSentAsync(int count) => Until.True(() => _load!.Count >= count, () => $"{count} records are sent. {Fleet.Describe()}", Patience);

    /// <summary>Waits until every partition has moved on from where it is now.</summary>
    public async Task UntilAllMoveAsync(TimeSpan? within = null)
    {
        var before = await Kafka.CommittedAsync(Pipeline.Group, Pipeline.Input);
        var now = before;
        await Until.True(
            async () =>
            {
                now = await Kafka.CommittedAsync(Pipeline.Group, Pipeline.Input);
                return now.Count > 0 && now.All(p => p.Value > before.GetValueOrDefault(p.Key));
            },
            () => $"every partition moves on from {Describe(before)}; they are at {Describe(now)}. {_load?.Describe()} {Fleet.Describe()}",
            within ?? Patience);

        static string Describe(IReadOnlyDictionary<int, long> offsets) => string.Join(' ', offsets.OrderBy(o => o.Key).Select(o => $"{o.Key}/{o.Value}"));
    }

    /// <summary>Kills an instance at a random moment and starts another in its place, as often as the scene asks for.</summary>
    public async Task KillAgainAndAgainAsync()
    {
        await UntilAllMoveAsync();
        for (var kill = 1; kill <= _scene.Scale.Kills; kill++)
        {
            Say($"kill {kill} of {_scene.Scale.Kills}");
            await PauseAsync(TimeSpan.FromSeconds(Random.Shared.NextDouble() * 3));
            Fleet.Replace(Fleet.Any);
            MayRepeat();
            await UntilAllMoveAsync();
        }
    }

    /// <summary>No more records; waits until all are committed, ends the instances, and reads the topics.</summary>
    public async Task<FaultReport> FinishAsync()
    {
        _sent += _load is null ? 0 : await _load.StopAsync();
        Say($"{_sent} records sent, waiting for the last ones");
        await Kafka.UntilCommittedAsync(Pipeline.Group, Pipeline.Input, Patience, Fleet.Describe);
        await Fleet.TerminateAllAsync();
        var account = await Account.ReadAsync(Pipeline, Kafka);
        var report = new FaultReport(_fault, account, _sent, Flowers, Window, _scene.IsExactlyOnce ? [] : _repeats);
        if (_scene.BatchRows == 1) return report;
        var merged = account.Results.Count(r => r.Record.Headers.Count(HeaderNames.Merged, out _) > 0);
        report.Note($"{merged} results of merged calls");
        report.Expect(merged > 0, $"no call was merged");
        return report;
    }

    public async ValueTask DisposeAsync()
    {
        if (_load is not null) await _load.DisposeAsync();
        await Fleet.DisposeAsync();
    }
}
