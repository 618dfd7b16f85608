using System.Text;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo;

/// <summary>
/// The demo's input records, numbered from 0: flowers to classify, with some bad records among them. The same in every run.
/// </summary>
/// <remarks>
/// The dialects take turns. Of a dialect's records every third has no key, the others one of 97. About two in a hundred are
/// bad, spread evenly over the records and the dialects: none below 10 records, a tenth below 60, then at least 6.
/// </remarks>
internal sealed class DemoRecords
{
    /// <summary>The header with a record's number. With its colon it is no header of HTTP, and stays out of calls: else no two records could share one.</summary>
    public const string IndexHeader = "demo:index";

    /// <summary>The model that some bad records ask for.</summary>
    public const string MissingModel = "trees";

    private const int Keys = 97;

    private readonly IReadOnlyList<Dialect> _dialects;
    private readonly Func<Dialect, string> _topicOf;
    private readonly Dictionary<int, BadRecord> _bad = [];

    /// <param name="topicOf">The topic for the requests in a dialect.</param>
    public DemoRecords(IReadOnlyList<Dialect> dialects, int count, Func<Dialect, string> topicOf)
    {
        (_dialects, Count, _topicOf) = (dialects, count, topicOf);
        var bad = count < 10 ? 0 : count < 60 ? count / 10 : Math.Max(6, count / 50);
        for (var b = 0; b < bad; b++) AddBad(b, bad);
    }

    /// <summary>How many records there are.</summary>
    public int Count { get; }

    /// <summary>How many of them are bad, and so how many dead letters are to be expected.</summary>
    public int BadCount => _bad.Count;

    /// <summary>Record number <paramref name="i"/>.</summary>
    public ProducerRecord this[int i]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(i);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Count);
            return Of(i, _bad.GetValueOrDefault(i));
        }
    }

    /// <summary>Why record number <paramref name="i"/> is to become a dead letter; null if it is a good one.</summary>
    public RejectionReason? ExpectedReason(int i) => _bad.TryGetValue(i, out var bad) ? bad.Reason : null;

    /// <summary>All records in order.</summary>
    public IEnumerable<ProducerRecord> All() => Enumerable.Range(0, Count).Select(i => this[i]);

    /// <summary>This many good records, besides those of a run.</summary>
    public IEnumerable<ProducerRecord> Good(int count) => Enumerable.Range(0, count).Select(i => Of(i, null));

    /// <summary>The bad records stand in the middle of equal stretches, each as near to it as its dialect has a turn.</summary>
    private void AddBad(int b, int bad)
    {
        var middle = (int)((2L * b + 1) * Count / (2 * bad));
        var dialect = b % _dialects.Count;
        var kinds = _dialects[dialect].BadRecords;
        _bad.Add(middle - middle % _dialects.Count + dialect, kinds[b / _dialects.Count % kinds.Count]);
    }

    private ProducerRecord Of(int i, BadRecord? bad)
    {
        var (turn, dialect) = (i / _dialects.Count, _dialects[i % _dialects.Count]);
        var flower = Flower.Sample(i);
        var (value, type) = bad is not null ? bad.Make(flower) : dialect.Requests[turn % dialect.Requests.Count](flower.ToFeatures());
        var isKeyed = turn % 3 != 0;
        return new ProducerRecord(
            _topicOf(dialect), turn / 3, isKeyed ? Utf8($"flower-{i % Keys}") : null, value, [new Header(IndexHeader, Utf8($"{i}")), type]);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
