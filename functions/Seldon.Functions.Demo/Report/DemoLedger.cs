using System.Globalization;
using System.Text;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Demo.Report;

/// <summary>
/// The independent account: every record of all topics is entered, and what the figures say comes from here, not from the code
/// that is being shown. One thread enters while another may look.
/// </summary>
internal sealed class DemoLedger
{
    private readonly Lock _lock = new();
    private readonly HashSet<Place> _inputs = [];
    private readonly HashSet<Place> _sources = [];
    private readonly Dictionary<(string Protocol, string Transport), DemoCounts> _counts = [];
    private readonly Dictionary<(string Topic, int Partition, string OutTopic, int OutPartition), long> _last = [];
    private readonly List<DemoRejection> _rejected = [];
    private readonly HashSet<Place> _redriven = [];
    private readonly HashSet<Place> _answered = [];
    private readonly Dictionary<(string Protocol, string Transport), string> _samples = [];

    /// <summary>How many input records have come out, one way or the other.</summary>
    public int Sources => Look(() => _sources.Count);

    /// <summary>Input records that came out neither as a result nor as a dead letter.</summary>
    public int Lost => Look(() => _inputs.Count(place => !_sources.Contains(place)));

    /// <summary>How many input records have not come out yet.</summary>
    public int Waiting => Look(() => _inputs.Count - _sources.Count);

    /// <summary>Input records that were dead letters before.</summary>
    public int Redriven => Look(() => _redriven.Count);

    /// <summary>How many of those have become results.</summary>
    public int RedrivenAnswered => Look(() => _redriven.Count(_answered.Contains));

    /// <summary>How many records came out for an input record that one had come out for.</summary>
    public int Duplicated { get; private set; }

    /// <summary>Of one input partition, what lands in one partition of a topic must stand there in input order; this many do not.</summary>
    public int OutOfOrder { get; private set; }

    /// <summary>The dead letters, by the places of their input records.</summary>
    public IReadOnlyList<DemoRejection> Rejected =>
        Look(() => _rejected.OrderBy(r => r.Topic, StringComparer.Ordinal).ThenBy(r => r.Partition).ThenBy(r => r.Offset).ToList());

    /// <summary>What has been entered of a dialect.</summary>
    public DemoCounts CountsOf(Dialect dialect) => Look(() => _counts.GetValueOrDefault((dialect.Protocol, dialect.TransportName)));

    /// <summary>The first result in a dialect, decoded; null if there is none.</summary>
    public string? SampleOf(Dialect dialect) => Look(() => _samples.GetValueOrDefault((dialect.Protocol, dialect.TransportName)));

    public void Add(Record record)
    {
        lock (_lock)
        {
            switch (record.Topic)
            {
                case DemoTopics.Results:
                    AddResult(record);
                    break;
                case DemoTopics.Errors:
                    AddDeadLetter(record);
                    break;
                default:
                    var place = new Place(record.Topic, record.Partition, record.Offset);
                    _inputs.Add(place);
                    var isRedriven = record.Headers.Count(HeaderNames.Redriven, out _) > 0;
                    if (isRedriven) _redriven.Add(place);
                    // What is redriven is no request more, but a dead letter less.
                    Count(record.Topic, record, isRedriven ? new DemoCounts(0, 0, -1) : new DemoCounts(1, 0, 0));
                    break;
            }
        }
    }

    /// <summary>Forgets all records; what came out for them is complete.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            foreach (var places in (HashSet<Place>[])[_inputs, _sources, _redriven, _answered]) places.Clear();
            _counts.Clear();
            _rejected.Clear();
            _samples.Clear();
        }
    }

    private void AddResult(Record record)
    {
        if (Text(record, HeaderNames.Source).Split('/') is not [var topic, var partition, var offset])
            throw new InvalidOperationException($"The result {record.Topic}/{record.Partition}/{record.Offset} does not say where it comes from.");
        var source = new Place(topic, (int)Number(partition), Number(offset));
        if (!IsFirstOf(source, record)) return;
        _answered.Add(source);
        var dialect = Count(topic, record, new DemoCounts(0, 1, 0));
        if (!_samples.ContainsKey(dialect)) _samples[dialect] = DemoResult.Describe(record.Headers, record.Value);
    }

    private void AddDeadLetter(Record record)
    {
        var source = new Place(Error(record, "topic"), (int)Number(Error(record, "partition")), Number(Error(record, "offset")));
        if (!IsFirstOf(source, record)) return;
        Count(source.Topic, record, new DemoCounts(0, 0, 1));
        _rejected.Add(new DemoRejection(Error(record, "reason"), source.Topic, source.Partition, source.Offset, Error(record, "message"))
        {
            IsRedriven = _redriven.Contains(source),
        });
    }

    private bool IsFirstOf(Place source, Record record)
    {
        if (!_sources.Add(source))
        {
            Duplicated++;
            return false;
        }
        var row = (source.Topic, source.Partition, record.Topic, record.Partition);
        if (_last.TryGetValue(row, out var last) && source.Offset < last) OutOfOrder++;
        else _last[row] = source.Offset;
        return true;
    }

    /// <summary>The input topic says the protocol; requests over gRPC, their answers and their dead letters have the header <c>proto-name</c>.</summary>
    private (string Protocol, string Transport) Count(string topic, Record record, DemoCounts more)
    {
        var transport = record.Headers.Count(HeaderNames.ProtoName, out _) > 0 ? Transport.Grpc : Transport.Rest;
        var dialect = (DemoTopics.ProtocolOf(topic), Dialect.NameOf(transport));
        _counts[dialect] = _counts.GetValueOrDefault(dialect) + more;
        return dialect;
    }

    private T Look<T>(Func<T> at)
    {
        lock (_lock) return at();
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Error(Record record, string name) => Text(record, HeaderNames.ErrorPrefix + name);

    private static string Text(Record record, string header) =>
        record.Headers.Count(header, out var value) == 1 && value is not null ? Encoding.UTF8.GetString(value) : "";

    private readonly record struct Place(string Topic, int Partition, long Offset);
}
