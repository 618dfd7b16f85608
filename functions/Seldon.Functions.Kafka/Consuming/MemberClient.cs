using Confluent.Kafka;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// The end of a member's client: it leaves its group and is freed, when nobody asks it anything any more. When the broker does not answer
/// in time, it is left to itself, and freed when it is done; nobody else touches it after that.
/// </summary>
internal sealed class MemberClient(IConsumer<byte[], byte[]> consumer, EndOffsets ends, Membership membership, ConsumerErrors errors) : IDisposable
{
    /// <summary>How long leaving the group may take. The client itself would wait for a silent broker for minutes.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Task? _closing;

    /// <summary>Leaves the group; says whether that is done.</summary>
    public bool Leave()
    {
        _closing = Task.Factory.StartNew(CloseAndFree, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Task.WaitAny([_closing], Patience);
        return _closing.IsCompleted;
    }

    /// <summary>A defect of ours that ended the leaving is thrown.</summary>
    public void ThrowIfFaulted()
    {
        if (_closing is { IsFaulted: true }) _closing.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        if (_closing is not null) return;
        ends.Dispose();
        membership.Leave();
        consumer.Dispose();
    }

    private void CloseAndFree()
    {
        ends.Dispose();
        // One that has failed for good refuses even this.
        errors.Try(consumer.Close);
        membership.Leave();
        consumer.Dispose();
    }
}
