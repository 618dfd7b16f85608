using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>A producer, a client on its connections that asks the brokers questions, and the <see cref="ClockStepGuard"/> for both.</summary>
internal sealed class WakefulProducer : IDisposable
{
    /// <summary>No time for an answer: the client's main thread takes the question and gives it back. No broker is asked.</summary>
    private static readonly DescribeConfigsOptions NoTime = new() { RequestTimeout = TimeSpan.Zero };

    private static readonly ConfigResource[] Anything = [new() { Type = ResourceType.Topic, Name = "any" }];

    private readonly ClockStepGuard _wakeUp;

    public WakefulProducer(IProducer<byte[], byte[]> producer, TimeProvider time, ILogger logger)
    {
        Producer = producer;
        Admin = new DependentAdminClientBuilder(producer.Handle).Build();
        _wakeUp = new ClockStepGuard(() => Admin.DescribeConfigsAsync(Anything, NoTime), time, logger);
    }

    public IProducer<byte[], byte[]> Producer { get; }

    public IAdminClient Admin { get; }

    public void Dispose()
    {
        _wakeUp.Dispose();
        ClientDisposal.Dispose(Admin, Producer);
    }
}
