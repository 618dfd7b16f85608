using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;

namespace Seldon.Functions.Kafka.Publishing;

/// <summary>
/// At least once: an idempotent producer, and a <see cref="Row"/> for each output partition. The producer is gapless: left to itself the client goes on
/// behind a record that the broker refused. It stops at the first refusal instead, gives back what it has not sent, and another one takes its place;
/// the rows start again at their heads. Records that are suspected or held are tried by a producer of their own, which stops for nobody.
/// </summary>
internal sealed class AcknowledgedDelivery : DeliveryMode
{
    /// <summary>How long what was on its way when a producer stopped is waited for.</summary>
    private static readonly TimeSpan StoppedPatience = TimeSpan.FromSeconds(1);

    private readonly List<(ProducerClient Client, long Until)> _stopped = [];
    private readonly List<Task> _retired = [];
    private readonly Func<ProducerClient?> _forOne;
    private List<Row> _due = [];
    private List<Row> _pumped = [];
    private ProducerClient _main;
    private ProducerClient? _alone;

    public AcknowledgedDelivery(Outbox outbox, KafkaOptions options, TimeProvider time, ILogger logger) : base(outbox, options, time, logger)
    {
        _forOne = () => _alone ??= TryMake(isAlone: true);
        _main = Make(isAlone: false);
    }

    protected override ProducerClient Client => _main;

    private IEnumerable<Row> Rows => Topics.All.SelectMany(t => t.Rows);

    public override void Place(InFlightRecord record)
    {
        var topic = Topics.For(record.Publication.Topic);
        if (topic.Partitions == 0) topic.Unplaced.Enqueue(record);
        else Put(record, topic);
    }

    public override void OnEnd(Attempt attempt)
    {
        var (delivery, record) = (attempt.Delivery, attempt.Record);
        if (delivery.Kind is DeliveryKind.NotSent) Stop(attempt.Client);
        if (delivery.Kind is DeliveryKind.Fatal) Outbox.Fail(delivery);
        if (record is null) return;
        attempt.Abandon();
        var row = record.Row!;
        if (delivery.Kind == DeliveryKind.Acknowledged)
        {
            Acknowledge(record, row.Topic);
        }
        else if (!record.IsDropped)
        {
            Refusals.Settle(record, row.Topic, delivery, attempt.IsAlone);
            if (record.Publication.Topic != row.Topic.Name) record.Row = null;
        }
        row.OnEnd(attempt);
        if (record is { Row: null, IsDropped: false }) Place(record);
        Look(row);
    }

    public override long Pump()
    {
        if (Outbox.Fatal.IsCompleted) return long.MaxValue;
        var next = Math.Min(Topics.AskAgain(), EndStopped());
        if (_main.IsStopped)
        {
            if (TryMake(isAlone: false) is not { } another) return long.MaxValue;
            _main = another;
        }
        foreach (var topic in Topics.All)
        {
            if (topic.Changed > 0) TryMove(topic);
        }
        (_due, _pumped) = (_pumped, _due);
        foreach (var row in _pumped)
        {
            row.IsDue = false;
            var again = row.Pump(_main, _forOne, Outbox, Time);
            if (again == long.MaxValue) continue;
            next = Math.Min(next, again);
            Look(row);
        }
        _pumped.Clear();
        return next;
    }

    public override Task CloseAsync()
    {
        foreach (var client in _stopped.Select(s => s.Client).Append(_main).Append(_alone).OfType<ProducerClient>().Distinct()) Retire(client);
        return Task.WhenAll(_retired);
    }

    /// <summary>Records that wait go to the partitions that the topic has now, when nothing is on its way that they could overtake.</summary>
    private void TryMove(Topic topic)
    {
        if (!Array.TrueForAll(topic.Rows, r => r.IsAtRest)) return;
        // Only records of one lane have an order among them.
        var waiting = topic.Rows.SelectMany(r => r.TakeAll()).OrderBy(r => r.Record.Offset).Concat(topic.Unplaced).ToList();
        topic.Unplaced.Clear();
        (topic.Partitions, topic.Changed) = (topic.Changed, 0);
        topic.Rows = [.. Enumerable.Range(0, topic.Partitions).Select(p => new Row(topic, p))];
        foreach (var record in waiting) Put(record, topic);
    }

    private void Put(InFlightRecord record, Topic topic)
    {
        if (record.IsDropped) return;
        var row = topic.Rows[Partitioning.PartitionOf(record.Publication, topic.Partitions)];
        row.Add(record);
        Look(row);
    }

    private void Look(Row row)
    {
        if (row.IsDue) return;
        row.IsDue = true;
        _due.Add(row);
    }

    private void OnFatal(ProducerClient client, Delivery failure)
    {
        if (failure.Kind == DeliveryKind.NotSent) Stop(client);
        else Outbox.Fail(failure);
    }

    private void Stop(ProducerClient client)
    {
        if (client.IsStopped) return;
        client.IsStopped = true;
        if (client == _alone) _alone = null;
        _stopped.Add((client, Time.After(StoppedPatience)));
        foreach (var row in Rows) Look(row);
    }

    /// <summary>Gives up producers that have stopped, and what they may keep forever.</summary>
    private long EndStopped()
    {
        while (_stopped.Count > 0)
        {
            var (client, until) = _stopped[0];
            if (until > Time.GetTimestamp()) return until;
            _stopped.RemoveAt(0);
            foreach (var row in Rows)
            {
                row.Abandon(client);
                Look(row);
            }
            Retire(client);
        }
        return long.MaxValue;
    }

    private void Retire(ProducerClient client)
    {
        _retired.RemoveAll(r => r.IsCompleted);
        _retired.Add(client.DisposeAsync().AsTask());
    }

    private ProducerClient? TryMake(bool isAlone)
    {
        try
        {
            return Make(isAlone);
        }
        catch (Exception failure) when (failure is KafkaException or InvalidOperationException or ArgumentException)
        {
            // A certificate that is gone, for instance.
            Outbox.Fail(new Delivery(DeliveryKind.Fatal, failure.Message));
            return null;
        }
    }

    private ProducerClient Make(bool isAlone)
    {
        var config = ClientConfigs.Producer(Options);
        // A batch is refused as a whole; a record that is alone in its batch is refused for its own sake.
        if (isAlone) (config.BatchNumMessages, config.LingerMs) = (1, 0);
        else config.EnableGaplessGuarantee = true;
        return new ProducerClient(config, Errors, (client, error) => Outbox.Post(() => OnFatal(client, Delivery.Of(error))), Time, Logger);
    }
}
