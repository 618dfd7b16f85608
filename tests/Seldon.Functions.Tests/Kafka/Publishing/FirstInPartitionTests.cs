using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Seldon.Functions.Kafka.Lanes;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Tests.Kafka.Publishing;

/// <summary>Which records of a new producer wait for which.</summary>
public class FirstInPartitionTests
{
    private readonly List<string> _done = [];
    private readonly List<Sending> _sent = [];
    private readonly FirstInPartition _first;
    private Action<Sending>? _onSent;
    private Action<Sending>? _onGivenBack;
    private string? _refused;

    public FirstInPartitionTests() => _first = new FirstInPartition(
        sending =>
        {
            _sent.Add(sending);
            _done.Add($"sent {NameOf(sending)}");
            _onSent?.Invoke(sending);
            return NameOf(sending) != _refused;
        },
        sending =>
        {
            _done.Add($"back {NameOf(sending)}");
            _onGivenBack?.Invoke(sending);
        });

    [Fact]
    public void SeveralComeForOnePartition_TheFirstGoesAloneUntilItIsTaken()
    {
        Send(0, 1, 2);
        Send(partition: 1, 3);
        Assert.Equal(["sent 0/1", "sent 1/3"], _done);

        _first.OnDelivered(_sent[0], isTaken: true);
        Assert.Equal(["sent 0/2"], _done[2..]);
        Send(0, 4, 5);
        Send(partition: 1, 6);
        Assert.Equal(["sent 0/4", "sent 0/5"], _done[3..]);
    }

    [Fact]
    public void FirstIsNotTaken_ThoseThatWaitAreGivenBackAndAnotherGoesFirst()
    {
        Send(0, 1, 2, 3);
        _first.OnDelivered(_sent[0], isTaken: false);
        Assert.Equal(["sent 0/1", "back 0/2", "back 0/3"], _done);

        Send(0, 1, 2);
        Assert.Equal(["sent 0/1"], _done[3..]);
        _first.OnDelivered(_sent[1], isTaken: true);
        Assert.Equal(["sent 0/1", "sent 0/2"], _done[3..]);
    }

    [Fact]
    public void AnotherComesWhileThoseThatWaitedAreSent_ItStandsBehindThem()
    {
        Send(0, 1, 2, 3);
        _onSent = sending =>
        {
            if (NameOf(sending) == "0/2") Send(0, 4);
        };
        _first.OnDelivered(_sent[0], isTaken: true);
        Assert.Equal(["sent 0/1", "sent 0/2", "sent 0/3", "sent 0/4"], _done);
    }

    [Fact]
    public void AnotherComesWhileThoseThatWaitedAreGivenBack_ItIsGivenBackToo()
    {
        Send(0, 1, 2, 3);
        _onGivenBack = sending =>
        {
            if (NameOf(sending) == "0/2") Send(0, 4);
        };
        _first.OnDelivered(_sent[0], isTaken: false);
        Assert.Equal(["sent 0/1", "back 0/2", "back 0/3", "back 0/4"], _done);
    }

    [Fact]
    public void ClientDoesNotTakeOneOfThoseThatWaited_TheRestIsGivenBackAndAnyMayGo()
    {
        Send(0, 1, 2, 3, 4);
        _refused = "0/3";
        _first.OnDelivered(_sent[0], isTaken: true);
        Assert.Equal(["sent 0/1", "sent 0/2", "sent 0/3", "back 0/4"], _done);
        Send(0, 5, 6);
        Assert.Equal(["sent 0/5", "sent 0/6"], _done[4..]);
    }

    [Fact]
    public void OneThatIsNotTheFirstFails_NothingChanges()
    {
        Send(0, 1, 2);
        _first.OnDelivered(_sent[0], isTaken: true);
        _first.OnDelivered(_sent[1], isTaken: false);
        Send(0, 3, 4);
        Assert.Equal(["sent 0/1", "sent 0/2", "sent 0/3", "sent 0/4"], _done);
    }

    private void Send(int partition, params int[] records)
    {
        foreach (var record in records)
        {
            var message = new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(record.ToString(CultureInfo.InvariantCulture)) };
            _first.Send(new Sending(message, new TopicPartition("out", partition), null, (_, _) => { }));
        }
    }

    private static string NameOf(Sending sending) => $"{sending.To.Partition.Value}/{Encoding.UTF8.GetString(sending.Message!.Key)}";
}
