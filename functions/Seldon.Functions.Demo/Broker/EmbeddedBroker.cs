using System.Runtime.InteropServices;

namespace Seldon.Functions.Demo.Broker;

/// <summary>
/// A Kafka broker inside this process: librdkafka's mock cluster, which speaks the real protocol on a loopback port to any
/// client, in this process or another. It keeps records in memory, 5 MiB a partition, and drops the oldest beyond that.
/// It knows neither TLS nor SASL, and gives transactions no meaning.
/// </summary>
internal sealed class EmbeddedBroker : IDisposable
{
    private const short Produce = 0;

    private readonly nint _handle;
    private readonly nint _cluster;
    private bool _disposed;

    private EmbeddedBroker(nint handle, nint cluster)
    {
        (_handle, _cluster) = (handle, cluster);
        BootstrapServers = Marshal.PtrToStringUTF8(LibRdKafka.ClusterBootstraps(cluster))!;
    }

    /// <summary>host:port[,host:port…] of the brokers.</summary>
    public string BootstrapServers { get; }

    /// <summary>Starts a cluster of brokers with the ids 1, 2, …</summary>
    /// <exception cref="InvalidOperationException">The cluster cannot be started.</exception>
    public static EmbeddedBroker Start(int brokers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(brokers, 1);
        var conf = LibRdKafka.ConfNew();
        // Every request that is not understood would otherwise be written to stderr.
        LibRdKafka.ConfSet(conf, "log_level", "0", 0, 0);
        var handle = LibRdKafka.New(LibRdKafka.Producer, conf, 0, 0);
        if (handle == 0) throw new InvalidOperationException("The embedded broker's handle cannot be made.");
        var cluster = LibRdKafka.ClusterNew(handle, brokers);
        if (cluster == 0)
        {
            LibRdKafka.Destroy(handle);
            throw new InvalidOperationException("The embedded broker cannot listen on 127.0.0.1.");
        }
        var broker = new EmbeddedBroker(handle, cluster);
        broker.SetGroupInitialRebalanceDelay(TimeSpan.Zero);
        return broker;
    }

    /// <summary>Creates a topic without replicas: a partition whose broker is down cannot be read or written.</summary>
    /// <exception cref="InvalidOperationException">The topic exists, or the name or the number is refused.</exception>
    public void CreateTopic(string name, int partitions) =>
        Check(LibRdKafka.TopicCreate(Cluster, name, partitions, 1), $"create the topic {name} with {partitions} partitions");

    /// <summary>How long a new group of the classic protocol waits for further members. Zero after the start.</summary>
    public void SetGroupInitialRebalanceDelay(TimeSpan delay) =>
        LibRdKafka.GroupInitialRebalanceDelay(Cluster, checked((int)delay.TotalMilliseconds));

    /// <summary>The next produce requests fail with these error codes, one each.</summary>
    public void PushProduceErrors(params int[] errorCodes) => PushRequestErrors(Produce, errorCodes);

    /// <summary>
    /// The next requests of a kind fail, one with each of these codes: Kafka's error codes, 0 for none, or -195 to close the
    /// connection instead of answering. What no request takes stays until <see cref="ClearRequestErrors"/>.
    /// </summary>
    /// <param name="apiKey">The kind of request, by its number in Kafka's protocol.</param>
    public void PushRequestErrors(short apiKey, params int[] codes) =>
        LibRdKafka.PushRequestErrors(Cluster, apiKey, (nuint)codes.Length, codes);

    /// <summary>Forgets the errors that no request of this kind has taken yet.</summary>
    public void ClearRequestErrors(short apiKey) => LibRdKafka.ClearRequestErrors(Cluster, apiKey);

    /// <summary>The topic's metadata say this error until it is set to 0, which ends it.</summary>
    public void SetTopicError(string topic, int errorCode) => LibRdKafka.TopicSetError(Cluster, topic, errorCode);

    /// <summary>The broker closes its connections and takes no new ones.</summary>
    public void SetBrokerDown(int id) => Check(LibRdKafka.BrokerSetDown(Cluster, id), $"take down the broker {id}");

    /// <summary>The broker takes connections again; its records are still there.</summary>
    public void SetBrokerUp(int id) => Check(LibRdKafka.BrokerSetUp(Cluster, id), $"bring up the broker {id}");

    /// <summary>Stops the brokers and forgets all records. The cluster lives on the handle, so it goes first.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        LibRdKafka.ClusterDestroy(_cluster);
        LibRdKafka.Destroy(_handle);
    }

    private nint Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _cluster;
        }
    }

    private static void Check(int errorCode, string what)
    {
        if (errorCode == 0) return;
        var text = Marshal.PtrToStringUTF8(LibRdKafka.ErrorText(errorCode));
        throw new InvalidOperationException($"The embedded broker cannot {what}: {text}");
    }
}
