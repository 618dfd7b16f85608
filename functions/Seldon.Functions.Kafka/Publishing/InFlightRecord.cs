using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Records;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// An input record from reading until its result or dead letter is acknowledged. The pool thread that infers decides it; all the rest belongs to
/// the loop of the <see cref="Outbox"/>.
/// </summary>
internal sealed class InFlightRecord(PartitionLane lane, Record record, long readAt) : IThreadPoolWorkItem
{
    private volatile bool _isDecided;

    public PartitionLane Lane => lane;

    /// <summary>The input record.</summary>
    public Record Record => record;

    /// <summary>The timestamp of reading.</summary>
    public long ReadAt => readAt;

    /// <summary>Whether the outcome is known; what is made of it may be read then.</summary>
    public bool IsDecided => _isDecided;

    /// <summary>The engine's outcome; a rejection if the broker has refused the result.</summary>
    public Outcome Outcome { get; private set; }

    /// <summary>What goes to the results topic or the error topic.</summary>
    public ProducerRecord Publication { get; set; } = null!;

    /// <summary>The row that it stands in, from which it goes to its output partition.</summary>
    public Row? Row { get; set; }

    /// <summary>The attempt in flight; null when it is not with a producer.</summary>
    public Attempt? Attempt { get; set; }

    /// <summary>It is to be tried alone: the broker refused the batch that it was in.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>How often its topic did not take it.</summary>
    public int Holds { get; set; }

    /// <summary>When it was last held, and when it is tried again; timestamps.</summary>
    public (long At, long Until) Held { get; set; }

    /// <summary>Its result or dead letter is acknowledged.</summary>
    public bool IsDone { get; set; }

    /// <summary>Its partition was taken away: it is not sent again, and its end is not looked at.</summary>
    public bool IsDropped { get; set; }

    public void Decide(Outcome outcome, ProducerRecord publication)
    {
        Settle(outcome, publication);
        _isDecided = true;
    }

    /// <summary>Another outcome, for instance a dead letter for a result that was refused.</summary>
    public void Settle(Outcome outcome, ProducerRecord publication) => (Outcome, Publication) = (outcome, publication);

    /// <summary>Starts the inference on the pool.</summary>
    void IThreadPoolWorkItem.Execute() => _ = lane.InferAsync(this);
}
