using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests;

/// <summary>An engine made from settings as a deployment would make it, and the records that it is asked about.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task<Outcome>> _started = [];

    private EngineUnderTest(IReadOnlyDictionary<string, string?> settings, TimeProvider time)
    {
        var read = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        Assert.Empty(read.Problems);
        Options = read.Engine;
        Engine = InferenceEngine.Create(read.Engine, Logs, time);
    }

    public InferenceEngine Engine { get; }

    public EngineOptions Options { get; }

    public CapturedLogs Logs { get; } = new();

    /// <summary>An engine with the one route <c>default</c> to the model over this transport.</summary>
    public static EngineUnderTest For(ScriptedModel model, Transport transport, TimeProvider? time = null, params (string Name, string Value)[] settings)
    {
        var all = Minimal(model, transport);
        foreach (var (name, value) in settings) all[name] = value;
        return new EngineUnderTest(all, time ?? TimeProvider.System);
    }

    /// <summary>An engine with exactly these settings.</summary>
    public static EngineUnderTest With(IReadOnlyDictionary<string, string?> settings, TimeProvider? time = null) => new(settings, time ?? TimeProvider.System);

    /// <summary>A clock that stands still, in the year 2000.</summary>
    public static FakeTimeProvider StandingClock() => new();

    public static Dictionary<string, string?> Minimal(ScriptedModel model, Transport transport) => new()
    {
        ["KAFKA_BROKER"] = "localhost:9092",
        ["KAFKA_INPUT_TOPIC"] = "in",
        ["KAFKA_OUTPUT_TOPIC"] = "out",
        ["SELDON_PROTOCOL"] = "tensorflow",
        ["MODEL_NAME"] = "m",
        ["MODEL_REST_URL"] = transport == Transport.Grpc ? null : model.RestUrl,
        ["MODEL_GRPC_URL"] = transport == Transport.Rest ? null : model.GrpcUrl,
        // Longer than any test: the clock may be a fake one that runs fast.
        ["MODEL_TIMEOUT"] = "3600s",
    };

    /// <summary>Hands the record to the engine; the task ends when its outcome is decided or the test is over.</summary>
    public Task<Outcome> Infer(Record record)
    {
        var outcome = Engine.InferAsync(record, _stopping.Token).AsTask();
        _started.Add(outcome);
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_started).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        await Engine.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        _stopping.Dispose();
    }
}
