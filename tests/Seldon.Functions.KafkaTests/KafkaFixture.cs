using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.KafkaTests;

/// <summary>
/// The Kafka of all tests: the one that SELDON_TEST_KAFKA names (plaintext), else one that is started here. Where there is
/// neither, every test is skipped and says what is missing.
/// </summary>
public sealed class KafkaFixture : IAsyncLifetime
{
    private static readonly TimeSpan LongestPrediction = TimeSpan.FromMilliseconds(20);

    private KafkaTopics? _topics;
    private EmbeddedModel? _model;

    internal KafkaHome Home { get; } = KafkaHome.Find();

    /// <summary>The broker that was started here; null when SELDON_TEST_KAFKA names one.</summary>
    internal KafkaBroker? Broker { get; private set; }

    /// <summary>Why there is no Kafka; null if there is one.</summary>
    internal string? Missing { get; private set; }

    internal KafkaTopics Topics => _topics!;

    internal EmbeddedModel Model => _model!;

    private static string? Given => Environment.GetEnvironmentVariable("SELDON_TEST_KAFKA") is { Length: > 0 } given ? given : null;

    /// <summary>Why there is no Kafka; null if there is one, or one can be started.</summary>
    internal static string? WhyNone() => Given is null ? KafkaHome.Find().Missing : null;

    public async ValueTask InitializeAsync()
    {
        var given = Given;
        if (given is null)
        {
            Missing = Home.Missing;
            if (Missing is not null) return;
            Broker = await KafkaBroker.StartAsync(Home);
        }
        // Kafka's calls block their threads, and the pool is slow to grow.
        ThreadPool.SetMinThreads(32, 32);
        _topics = new KafkaTopics(Broker?.Plaintext ?? given!);
        _model = await EmbeddedModel.StartAsync(LongestPrediction, TimeProvider.System, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (_model is not null) await _model.DisposeAsync();
        _topics?.Dispose();
        if (Broker is not null) await Broker.DisposeAsync();
    }
}
