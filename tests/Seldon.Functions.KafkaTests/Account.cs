using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Demo.Report;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.KafkaTests.Campaign;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests;

/// <summary>Where a record stands on the input topic.</summary>
internal readonly record struct Place(int Partition, long Offset);

/// <summary>A record that came out, and the input record that it stems from.</summary>
internal sealed record CameOut(Record Record, Place Source)
{
    private static readonly string[] Refusals = [RejectionReason.ResultTooLarge.ToWire(), RejectionReason.ResultRefused.ToWire()];

    /// <summary>
    /// The row in which there is an order: of one input partition, what lands in one partition of a topic. Dead letters for results that were
    /// refused come when these are, perhaps behind dead letters of later records: a row of its own.
    /// </summary>
    public (int Source, string Topic, int Partition, bool IsRefusal) Row => (Source.Partition, Record.Topic, Record.Partition, IsRefusal);

    private bool IsRefusal => Record.Headers.Count(HeaderNames.ErrorPrefix + "reason", out _) > 0 && Refusals.Contains(Header(HeaderNames.ErrorPrefix + "reason"));

    /// <summary>The text of a header that must stand there once.</summary>
    public string Header(string name)
    {
        Assert.Equal(1, Record.Headers.Count(name, out var value));
        return Encoding.UTF8.GetString(value!);
    }
}

/// <summary>All that stands on the three topics of a pipeline, and what is wrong with it.</summary>
internal sealed class Account
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<Place, Record> _inputs = [];
    private readonly List<CameOut> _out = [];

    private Account(Pipeline pipeline) => Pipeline = pipeline;

    private Pipeline Pipeline { get; }

    public int Inputs => _inputs.Count;

    public IReadOnlyCollection<Record> InputRecords => _inputs.Values;

    /// <summary>In the order of each partition.</summary>
    public IReadOnlyList<CameOut> Out => _out;

    public IReadOnlyList<CameOut> Results => [.. _out.Where(o => o.Record.Topic == Pipeline.Output)];

    public IReadOnlyList<CameOut> DeadLetters => [.. _out.Where(o => o.Record.Topic == Pipeline.Errors)];

    /// <summary>Input records of which nothing came out.</summary>
    public IReadOnlyList<Place> Lost => [.. _inputs.Keys.Except(_out.Select(o => o.Source))];

    /// <summary>How many records came out for an input record that one had come out for.</summary>
    public int Duplicates => _out.Count - _out.Select(o => o.Source).Distinct().Count();

    /// <summary>The longest time between two records that came out, for each input partition.</summary>
    public IReadOnlyDictionary<int, TimeSpan> Silences => _out.GroupBy(o => o.Source.Partition, o => o.Record.Timestamp).ToDictionary(p => p.Key, p =>
    {
        var times = p.Order().ToList();
        return TimeSpan.FromMilliseconds(times.Zip(times.Skip(1), (earlier, later) => later - earlier).DefaultIfEmpty().Max());
    });

    /// <summary>How many different ids they have that came out: a reader that keeps one record of each id has no duplicates.</summary>
    public int Ids => _out.Select(IdOf).Distinct(StringComparer.Ordinal).Count();

    /// <summary>First appearances that stand behind a later record of the same row.</summary>
    public int OutOfOrder => FirstAppearances().Sum(row => Backward(row).Count());

    /// <summary>How often each row goes back, as it does when records are delivered again.</summary>
    public IReadOnlyDictionary<(int Source, string Topic, int Partition, bool IsRefusal), int> Rewinds =>
        _out.GroupBy(o => o.Row).ToDictionary(row => row.Key, row => Backward(row).Count());

    /// <summary>Where the rows go back, for the message of a failed test.</summary>
    public string DescribeRewinds() => Describe(_out.GroupBy(o => o.Row));

    /// <summary>Where first appearances go back.</summary>
    public string DescribeOutOfOrder() => Describe(FirstAppearances());

    /// <summary>Reads the topics, which must be at rest, to their ends.</summary>
    public static async Task<Account> ReadAsync(Pipeline pipeline, KafkaTopics kafka)
    {
        var account = new Account(pipeline);
        var settings = ProcessorSettings.Read(new ConfigurationBuilder().AddInMemoryCollection(
            pipeline.Settings(("KAFKA_BROKER", kafka.BootstrapServers))).Build());
        var ahead = new Dictionary<(string, int), long>();
        foreach (var topic in (string[])[pipeline.Input, pipeline.Output, pipeline.Errors])
        {
            var starts = await kafka.StartsAsync(topic);
            foreach (var (partition, end) in await kafka.EndsAsync(topic))
            {
                if (end > starts[partition]) ahead[(topic, partition)] = end;
            }
        }
        await Task.Run(() =>
        {
            using var reader = new TopicReader(settings.Kafka, "account", pipeline.Input, pipeline.Output, pipeline.Errors);
            // What stands behind a transaction that nobody has ended is read when the broker has given that up.
            var last = TimeProvider.System.GetTimestamp();
            while (ahead.Any(a => !reader.HasReadTo(a.Key.Item1, a.Key.Item2, a.Value)))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(last) < LongestSilence, "The topics are not read to their ends.");
                if (reader.Read(Turn) is not { } record) continue;
                account.Add(record);
                last = TimeProvider.System.GetTimestamp();
            }
        });
        return account;
    }

    /// <summary>Nothing lost, nothing twice, everything in order, and each result is the answer to its own record.</summary>
    public void AssertExact(DemoRecords sent)
    {
        Assert.Equal(sent.Count, Inputs);
        AssertComplete(sent);
        Assert.True(Duplicates == 0, $"{Duplicates} duplicates: {DescribeRewinds()}");
        Assert.Equal(sent.BadCount, DeadLetters.Count);
        Assert.Equal(sent.Count - sent.BadCount, Results.Count);
    }

    /// <summary>The same, but records may have come out again.</summary>
    public void AssertComplete(DemoRecords sent)
    {
        Assert.Empty(Lost);
        Assert.Equal(0, OutOfOrder);
        Assert.All(_out, o => AssertRight(sent, o));
    }

    private void AssertRight(DemoRecords sent, CameOut came)
    {
        var input = _inputs[came.Source];
        var index = came.Header(DemoRecords.IndexHeader);
        Assert.Equal(1, input.Headers.Count(DemoRecords.IndexHeader, out var expected));
        Assert.Equal(Encoding.UTF8.GetString(expected!), index);
        Assert.Equal(input.Key, came.Record.Key);
        var i = int.Parse(index, CultureInfo.InvariantCulture);
        var reason = FaultyModel.ReasonFor(input) ?? sent.ExpectedReason(i)?.ToWire();
        if (came.Record.Topic == Pipeline.Errors)
        {
            Assert.Equal(reason, came.Header(HeaderNames.ErrorPrefix + "reason"));
            Assert.Equal(input.Value, came.Record.Value);
            return;
        }
        Assert.Null(reason);
        var scores = DemoResult.Scores(came.Record.Headers, came.Record.Value);
        var right = new float[FlowerClassifier.ClassNames.Count];
        Classifier.Score(Flower.Sample(i).ToFeatures(), right);
        Assert.Equal(right, scores!);
    }

    private static readonly FlowerClassifier Classifier = new();

    private void Add(Record record)
    {
        if (record.Topic == Pipeline.Input) _inputs.Add(new Place(record.Partition, record.Offset), record);
        else _out.Add(new CameOut(record, SourceOf(record)));
    }

    private Place SourceOf(Record record)
    {
        var place = record.Topic == Pipeline.Errors
            ? $"{Pipeline.Input}/{Text("seldon-error-partition")}/{Text("seldon-error-offset")}"
            : Text(HeaderNames.Source);
        Assert.StartsWith(Pipeline.Input + "/", place, StringComparison.Ordinal);
        var parts = place.Split('/');
        return new Place(int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));

        string Text(string header)
        {
            Assert.Equal(1, record.Headers.Count(header, out var value));
            return Encoding.UTF8.GetString(value!);
        }
    }

    /// <summary>The result's own id; a dead letter's is made from where it says that it comes from, as the host makes it.</summary>
    private string IdOf(CameOut came) => came.Record.Topic == Pipeline.Output
        ? came.Header(HeaderNames.Puid)
        : string.Create(CultureInfo.InvariantCulture, $"{Pipeline.Input}-{came.Source.Partition}-{came.Source.Offset}");

    private IEnumerable<IGrouping<(int, string, int, bool), CameOut>> FirstAppearances() => _out.DistinctBy(o => o.Source).GroupBy(o => o.Row);

    private static IEnumerable<(CameOut Later, CameOut Earlier)> Backward(IEnumerable<CameOut> row) =>
        row.Zip(row.Skip(1)).Where(pair => pair.Second.Source.Offset < pair.First.Source.Offset);

    private static string Describe(IEnumerable<IGrouping<(int, string, int, bool), CameOut>> rows) => string.Join(Environment.NewLine, rows
        .SelectMany(row => Backward(row), (row, pair) => $"{row.Key}: {pair.Later.Source.Offset} at {pair.Later.Record.Timestamp} -> {pair.Earlier.Source.Offset} at {pair.Earlier.Record.Timestamp}"));
}
