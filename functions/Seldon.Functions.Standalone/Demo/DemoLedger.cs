using System.Globalization;
using System.Text;

namespace Seldon.Functions.Standalone.Demo;

/// <summary>
/// The independent account: every record of the three topics is entered, and what the figures say comes from here, not from
/// the code that is being shown.
/// </summary>
internal sealed class DemoLedger(string input, string output, string errors)
{
    private const int Samples = 5;

    private readonly Dictionary<Place, string> _inputs = [];
    private readonly Dictionary<Place, string> _sources = [];
    private readonly Dictionary<(int Input, string Topic, int Partition), long> _last = [];
    private readonly List<DemoRejection> _rejected = [];
    private readonly List<string> _samples = [];
    private int _results;
    private int _duplicated;
    private int _outOfOrder;

    /// <summary>How many input records have come out, one way or the other.</summary>
    public int Sources => _sources.Count;

    public void Add(Record record)
    {
        if (record.Topic == input)
        {
            _inputs[new Place(record.Partition, record.Offset)] = TransportOf(record);
            return;
        }
        var isResult = record.Topic == output;
        var source = isResult ? SourceOfResult(record) : SourceOfDeadLetter(record);
        if (!_sources.TryAdd(source, record.Topic))
        {
            _duplicated++;
            return;
        }
        CheckOrder(source, record);
        if (isResult) AddResult(record);
        else AddDeadLetter(record, source);
    }

    public DemoReport ToReport(TimeSpan elapsed) => new()
    {
        Records = _inputs.Count,
        Results = _results,
        DeadLetters = _rejected.Count,
        Lost = _inputs.Keys.Count(place => !_sources.ContainsKey(place)),
        Duplicated = _duplicated,
        OutOfOrder = _outOfOrder,
        Seconds = Math.Round(elapsed.TotalSeconds, 3),
        RecordsPerSecond = Math.Round(_sources.Count / elapsed.TotalSeconds, 1),
        Routes =
        [
            .. _inputs.GroupBy(i => i.Value).OrderByDescending(g => g.Key, StringComparer.Ordinal).Select(g => new DemoRoute(
                "tensorflow", g.Key, g.Count(), g.Count(i => CameOutOn(i.Key, output)), g.Count(i => CameOutOn(i.Key, errors)))),
        ],
        Rejected = _rejected,
        Samples = _samples,
    };

    /// <summary>Of one input partition, what lands in one partition of a topic must stand there in input order.</summary>
    private void CheckOrder(Place source, Record record)
    {
        var key = (source.Partition, record.Topic, record.Partition);
        if (_last.TryGetValue(key, out var last) && source.Offset < last) _outOfOrder++;
        else _last[key] = source.Offset;
    }

    private void AddResult(Record record)
    {
        _results++;
        if (_samples.Count < Samples) _samples.Add($"{record.Topic}/{record.Partition}/{record.Offset}  {DemoResult.Describe(record.Headers, record.Value)}");
    }

    private void AddDeadLetter(Record record, Place source) => _rejected.Add(new DemoRejection(
        Text(record, HeaderNames.ErrorPrefix + "reason"), input, source.Partition, source.Offset, Text(record, HeaderNames.ErrorPrefix + "message")));

    private bool CameOutOn(Place place, string topic) => _sources.TryGetValue(place, out var came) && came == topic;

    private static string TransportOf(Record record) => record.Headers.Count(HeaderNames.ProtoName, out _) > 0 ? "grpc" : "rest";

    private static Place SourceOfResult(Record record) => Text(record, HeaderNames.Source).Split('/') is [_, var partition, var offset]
        ? new Place(Number(partition), Number(offset))
        : throw new InvalidOperationException($"The result {record.Topic}/{record.Partition}/{record.Offset} does not say where it comes from.");

    private static Place SourceOfDeadLetter(Record record) => new(
        Number(Text(record, HeaderNames.ErrorPrefix + "partition")), Number(Text(record, HeaderNames.ErrorPrefix + "offset")));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(Record record, string header) =>
        record.Headers.Count(header, out var value) == 1 && value is not null ? Encoding.UTF8.GetString(value) : "";

    private readonly record struct Place(int Partition, long Offset);
}
