using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Seldon.Functions.Tests.Kafka.Clients;

/// <summary>
/// A broker with one topic of one partition. When it is fenced, as a controller does with one that it has not heard of for a while, who
/// asks for the brokers is told that there are none, and who asks for the topic that no replica is in sync. A genuine one says so for
/// a moment: here it goes on, for every second answer, and the broker keeps its leadership, so that clients go on asking.
/// It knows what a client asks first, and nothing else.
/// </summary>
internal sealed class FencedBroker : IDisposable
{
    private const short Metadata = 3;
    private const short ApiVersions = 18;
    private const short InitProducerId = 22;
    private const short UnsupportedVersion = 35;

    private static readonly (short Api, short Highest)[] Known = [(Metadata, 2), (ApiVersions, 0), (InitProducerId, 0)];

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _topic;
    private readonly int _port;
    private volatile bool _isFenced;
    private int _answers;

    public FencedBroker(string topic)
    {
        _topic = topic;
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public string BootstrapServers => $"127.0.0.1:{_port}";

    /// <summary>How often it has answered where the brokers or the topic are.</summary>
    public int Answers => Volatile.Read(ref _answers);

    public void Fence() => _isFenced = true;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        var stream = client.GetStream();
        var length = new byte[4];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(length);
                var request = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await stream.ReadExactlyAsync(request);
                if (Answer(request) is not { } answer) return;
                BinaryPrimitives.WriteInt32BigEndian(length, answer.Length);
                await stream.WriteAsync(length);
                await stream.WriteAsync(answer);
            }
        }
        catch (IOException)
        {
            // The client is gone.
        }
    }

    /// <summary>Correlation id and body; null for what it does not know.</summary>
    private byte[]? Answer(ReadOnlySpan<byte> request)
    {
        var answer = new Fields().Bytes(request[4..8]);
        var version = BinaryPrimitives.ReadInt16BigEndian(request[2..]);
        switch (BinaryPrimitives.ReadInt16BigEndian(request))
        {
            case ApiVersions:
                answer.Int16(version > 0 ? UnsupportedVersion : (short)0).Int32(Known.Length);
                foreach (var (api, highest) in Known) answer.Int16(api).Int16(0).Int16(highest);
                return answer.ToArray();
            case InitProducerId:
                return answer.Int32(0).Int16(0).Int64(1).Int16(0).ToArray();
            case Metadata:
                var client = BinaryPrimitives.ReadInt16BigEndian(request[8..]);
                return DescribeCluster(answer, asksForTopics: BinaryPrimitives.ReadInt32BigEndian(request[(10 + client)..]) != 0);
            default:
                return null;
        }
    }

    private byte[] DescribeCluster(Fields answer, bool asksForTopics)
    {
        const int noRack = -1, broker = 1;
        var isOutOfSync = Interlocked.Increment(ref _answers) % 2 == 0 && _isFenced;
        if (_isFenced && !asksForTopics) answer.Int32(0);
        else answer.Int32(1).Int32(broker).Text("127.0.0.1").Int32(_port).Int16(noRack);
        answer.Text("cluster").Int32(broker);
        if (!asksForTopics) return answer.Int32(0).ToArray();
        answer.Int32(1).Int16(0).Text(_topic).Bytes([0]).Int32(1).Int16(0).Int32(0).Int32(broker).Int32(1).Int32(broker);
        if (isOutOfSync) answer.Int32(0);
        else answer.Int32(1).Int32(broker);
        return answer.ToArray();
    }

    /// <summary>The fields of an answer, in the order in which they are sent.</summary>
    private sealed class Fields
    {
        private readonly List<byte> _bytes = [];

        public Fields Bytes(ReadOnlySpan<byte> bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        public Fields Int16(short value)
        {
            Span<byte> bytes = stackalloc byte[2];
            BinaryPrimitives.WriteInt16BigEndian(bytes, value);
            return Bytes(bytes);
        }

        public Fields Int32(int value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            return Bytes(bytes);
        }

        public Fields Int64(long value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            return Bytes(bytes);
        }

        public Fields Text(string text) => Int16((short)text.Length).Bytes(Encoding.UTF8.GetBytes(text));

        public byte[] ToArray() => [.. _bytes];
    }
}
