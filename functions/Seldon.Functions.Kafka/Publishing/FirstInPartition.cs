using System.Collections.Concurrent;
using Confluent.Kafka;
using Seldon.Functions.Kafka.Lanes;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// Lets one record of a producer go first into each partition; those that come after it wait until the broker has taken it. A broker takes
/// nothing behind a batch that it has refused from a producer that it knows in this partition, because a sequence number is missing. From
/// one that it does not know there, it takes what comes; and the client has the next batch ready when the answer comes. (A broker forgets a
/// producer that is idle for <c>producer.id.expiration.ms</c>, a day; nobody goes first again then.)
/// </summary>
/// <param name="send">Hands a record to the client; false if the client does not take it.</param>
/// <param name="giveBack">Ends a record that was not handed to the client.</param>
internal sealed class FirstInPartition(Func<Sending, bool> send, Action<Sending> giveBack)
{
    private readonly ConcurrentDictionary<TopicPartition, State> _partitions = new();

    /// <summary>Sends it, now or when the partition's first one is taken; gives it back if that one is not taken.</summary>
    public void Send(Sending sending)
    {
        var partition = _partitions.GetOrAdd(sending.To, static _ => new State());
        if (!partition.IsToWait(sending)) send(sending);
    }

    /// <summary>It is known what became of one that was handed to the client.</summary>
    public void OnDelivered(Sending sending, bool isTaken)
    {
        if (!_partitions.TryGetValue(sending.To, out var partition) || !partition.IsFirst(sending)) return;
        // No lock is held here: those who send and those who learn that it failed have locks of their own. Whoever comes meanwhile still waits.
        var goesOn = isTaken;
        while (partition.Next(isTaken) is { } next)
        {
            if (goesOn) goesOn = send(next);
            else giveBack(next);
        }
    }

    private sealed class State
    {
        private readonly Lock _lock = new();
        private readonly Queue<Sending> _waiting = new();
        private Sending? _first;

        /// <summary>The broker knows the producer in this partition.</summary>
        private volatile bool _takesAny;

        /// <summary>Whether it has to wait behind the first one; otherwise it may go, and is the first one if there was none.</summary>
        public bool IsToWait(Sending sending)
        {
            if (_takesAny) return false;
            lock (_lock)
            {
                if (_takesAny) return false;
                if (_first is null)
                {
                    _first = sending;
                    return false;
                }
                _waiting.Enqueue(sending);
                return true;
            }
        }

        public bool IsFirst(Sending sending)
        {
            if (_takesAny) return false;
            lock (_lock) return ReferenceEquals(_first, sending);
        }

        /// <summary>The next of those that waited for the first one. When there is none, any may go; or another is to go first.</summary>
        public Sending? Next(bool isTaken)
        {
            lock (_lock)
            {
                if (_waiting.TryDequeue(out var next)) return next;
                _first = null;
                _takesAny = isTaken;
                return null;
            }
        }
    }
}
