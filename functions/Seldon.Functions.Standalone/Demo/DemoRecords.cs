using System.Text;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>
/// The demo's input records, numbered from 0: flowers to classify, with some bad records among them. The same in every run.
/// </summary>
/// <remarks>
/// Even numbers are REST and odd ones gRPC where the transport is <see cref="Transport.Auto"/>. Every third record has no
/// key, the others one of 97. About two in a hundred are bad, spread evenly: none below 10 records, a tenth below 60, then at
/// least 6, so that every way to be bad occurs. A bad record's transport is that of its kind.
/// </remarks>
internal sealed class DemoRecords(string topic, int count, Transport transport)
{
    /// <summary>The header with a record's number.</summary>
    public const string IndexHeader = "demo-index";

    private const int Keys = 97;

    private readonly IReadOnlyList<BadRecord> _kinds = BadRecord.KindsFor(transport);

    /// <summary>How many records there are.</summary>
    public int Count => count;

    /// <summary>How many of them are bad, and so how many dead letters are to be expected.</summary>
    public int BadCount { get; } = count < 10 ? 0 : count < 60 ? count / 10 : Math.Max(6, count / 50);

    /// <summary>Record number <paramref name="i"/>.</summary>
    public ProducerRecord this[int i]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(i);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, count);
            var flower = Flower.Sample(i);
            var (value, type) = KindOf(i) is { } bad ? bad.Make(flower) : IsGrpc(i) ? FlowerRequest.Grpc(flower.ToFeatures()) : FlowerRequest.Rest(flower.ToFeatures());
            var isKeyed = i % 3 != 0;
            return new ProducerRecord(
                topic, i / 3, isKeyed ? Utf8($"flower-{i % Keys}") : null, value, [new Header(IndexHeader, Utf8($"{i}")), type]);
        }
    }

    /// <summary>Why record number <paramref name="i"/> is to become a dead letter; null if it is a good one.</summary>
    public RejectionReason? ExpectedReason(int i) => KindOf(i)?.Reason;

    /// <summary>All records in order.</summary>
    public IEnumerable<ProducerRecord> All() => Enumerable.Range(0, count).Select(i => this[i]);

    /// <summary>The bad records stand in the middle of equal stretches, the kinds in turn.</summary>
    private BadRecord? KindOf(int i)
    {
        if (BadCount == 0) return null;
        var stretch = (long)i * BadCount / count;
        return i == (2 * stretch + 1) * count / (2 * BadCount) ? _kinds[(int)(stretch % _kinds.Count)] : null;
    }

    private bool IsGrpc(int i) => transport == Transport.Grpc || (transport == Transport.Auto && i % 2 == 1);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
