using System.Globalization;

namespace Seldon.Functions.Tests.Kafka;

/// <summary>Where a record stood on the input topic.</summary>
internal readonly record struct Place(int Partition, long Offset);

/// <summary>A record on the output topic or the error topic.</summary>
internal sealed record Publication(Record Record)
{
    public bool IsDeadLetter => Record.Topic == TestBed.Errors;

    /// <summary>The input record that it says it stems from.</summary>
    public Place Source { get; } = Record.Topic == TestBed.Errors
        ? new Place(Number(Record.Headers.TextOf("seldon-error-partition")!), Number(Record.Headers.TextOf("seldon-error-offset")!))
        : Record.Headers.TextOf("seldon-source")!.Split('/') is [TestBed.Input, var partition, var offset]
            ? new Place(Number(partition), Number(offset))
            : throw new InvalidDataException("seldon-source is not topic/partition/offset.");

    public string? Reason => Record.Headers.TextOf("seldon-error-reason");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
