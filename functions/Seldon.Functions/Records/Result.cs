namespace Seldon.Functions.Records;

/// <summary>How an answer is written to the results topic.</summary>
public static class Result
{
    private static readonly string[] Ours = [HeaderNames.Puid, HeaderNames.Model, HeaderNames.Source, HeaderNames.SourceTimestamp, HeaderNames.Merged, HeaderNames.Redriven];

    /// <summary>
    /// The result: the record's key, the answer's bytes, and the record's headers with those replaced that describe the
    /// value or that this project sets. An answer that is a CloudEvent replaces the attributes of the record's.
    /// </summary>
    public static ProducerRecord From(Record record, Answer answer, string topic)
    {
        var headers = new List<Header>(record.Headers.Count + answer.EntityHeaders.Count + 4);
        foreach (var header in CloudEvents.Without(record.Headers, answer.EntityHeaders))
        {
            if (!IsReplaced(header.Name)) headers.Add(header);
        }
        headers.AddRange(answer.EntityHeaders);
        headers.Add(new Header(HeaderNames.Puid, HeaderNames.PuidOf(record)));
        headers.Add(HeaderNames.Text(HeaderNames.Model, answer.Model));
        headers.Add(HeaderNames.Text(HeaderNames.Source, $"{record.Topic}/{record.Partition}/{record.Offset}"));
        headers.Add(HeaderNames.Number(HeaderNames.SourceTimestamp, record.Timestamp));
        return new ProducerRecord(topic, record.Partition, record.Key, answer.Value, headers);
    }

    private static bool IsReplaced(string name)
    {
        foreach (var ours in Ours)
        {
            if (HeaderNames.Is(name, ours)) return true;
        }
        return HeaderNames.IsEntity(name);
    }
}
