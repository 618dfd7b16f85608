using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.TriggerLoop;

namespace Seldon.Functions.Tests.App;

/// <summary>The app's worker process between a broker and a model: called by the test, or by the trigger loop.</summary>
internal sealed class FunctionBed : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _started = [];

    private FunctionBed(TestBed bed) => Bed = bed;

    public TestBed Bed { get; }

    public CapturedLogs Logs { get; } = new();

    public static async Task<FunctionBed> CreateAsync(int inputs = 4) => new(await TestBed.CreateAsync(inputs));

    /// <summary>The settings of an app here; the trigger's offsets come soon, and a killed member is gone soon.</summary>
    public Dictionary<string, string?> SettingsWith(params (string Name, string? Value)[] settings) => Bed.SettingsWith(
    [
        ("KAFKA_GROUP_PROTOCOL", null), ("Seldon:Kafka:Consumer:fetch.wait.max.ms", null),
        ("AzureFunctionsJobHost:extensions:kafka:sessionTimeoutMs", "3000"), .. settings,
    ]);

    /// <summary>The app's worker, with these settings instead or besides.</summary>
    public async Task<FunctionsHost> AppAsync(params (string Name, string? Value)[] settings)
    {
        var app = await FunctionsHost.StartAsync(SettingsWith(settings), Logs);
        _started.Add(app);
        return app;
    }

    /// <summary>The app's worker, with these settings instead or besides, under the trigger loop.</summary>
    public async Task<KafkaTriggerLoop> StartAsync(params (string Name, string? Value)[] settings)
    {
        var app = await AppAsync(settings);
        var loop = new KafkaTriggerLoop(new TriggerOptions(Configuration(settings)), app.InvokeAsync);
        _started.Add(loop);
        return loop;
    }

    /// <summary>The inputs as the trigger hands them over.</summary>
    public static KafkaRecord[] Batch(IEnumerable<Input> inputs) => [.. inputs.Zip(Account.Places(inputs), (input, place) => new KafkaRecord
    {
        Topic = TestBed.Input,
        Partition = place.Partition,
        Offset = place.Offset,
        Key = input.Key!,
        Value = input.Value!,
        Timestamp = new KafkaTimestamp { UnixTimestampMs = 1_700_000_000_123 },
        Headers = [.. input.Headers.Select(h => new KafkaHeader { Key = h.Name, Value = h.Value! })],
    })];

    public static string Utf8(byte[]? bytes) => Encoding.UTF8.GetString(bytes!);

    public async ValueTask DisposeAsync()
    {
        Logs.Show();
        _started.Reverse();
        foreach (var started in _started) await started.DisposeAsync();
        await Bed.DisposeAsync();
    }

    public IConfiguration Configuration(params (string Name, string? Value)[] settings) => new ConfigurationBuilder().AddInMemoryCollection(SettingsWith(settings)).Build();
}
