using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Seldon.Functions.Kafka;

/// <summary>A producer, a client on its connections that asks the brokers questions, and the <see cref="WakeUpCall"/> for both.</summary>
internal sealed class WakefulProducer : IDisposable
{
    private static readonly DescribeClusterOptions Question = new() { RequestTimeout = WakeUpCall.Interval };

    private readonly WakeUpCall _wakeUp;

    public WakefulProducer(IProducer<byte[], byte[]> producer, TimeProvider time)
    {
        Producer = producer;
        Admin = new DependentAdminClientBuilder(producer.Handle).Build();
        _wakeUp = new WakeUpCall(() => Admin.DescribeClusterAsync(Question), time);
    }

    public IProducer<byte[], byte[]> Producer { get; }

    public IAdminClient Admin { get; }

    public void Dispose()
    {
        _wakeUp.Dispose();
        ClientDisposal.Dispose(Admin, Producer);
    }
}
