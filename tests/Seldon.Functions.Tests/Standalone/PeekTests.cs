using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Inspection;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>Records, from any producer, as shown to a person on a terminal of any width.</summary>
public class PeekTests
{
    private static readonly Header[] None = [];

    public static TheoryData<byte[]?, Header[], string> Values => new()
    {
        { null, None, "(null)" },
        { [], None, "(empty)" },
        { "{\"a\":1}"u8.ToArray(), None, "{\"a\":1}" },
        { "{\n  \"a\": \"ä\"\n}"u8.ToArray(), None, "{\"a\":\"ä\"}" },
        { "two\nlines"u8.ToArray(), None, "two lines" },
        { "\u001b[31mred"u8.ToArray(), None, "8 bytes: 1b5b33316d726564" },
        { [0xff, 0xfe], None, "2 bytes: fffe" },
        { new byte[30], None, $"30 bytes: {new string('0', 48)}…" },
        { new ModelSpec { Name = "m" }.ToByteArray(), [new("proto-name", "no.such.Type"u8.ToArray())], "3 bytes: 0a016d" },
        { "no message"u8.ToArray(), [new("proto-name", "inference.ModelInferResponse"u8.ToArray())], "no message" },
        { new GetModelStatusRequest { ModelSpec = new ModelSpec { Name = "m" } }.ToByteArray(), [new("proto-name", "tensorflow.serving.GetModelStatusRequest"u8.ToArray())], "{ \"modelSpec\": { \"name\": \"m\" } }" },
        {
            new ModelInferResponse { Outputs = { new InferOutputTensor { Name = "y", Datatype = "FP32" } }, RawOutputContents = { ByteString.CopyFrom(0, 0, 0x80, 0x3f) } }.ToByteArray(),
            [new("proto-name", "inference.ModelInferResponse"u8.ToArray())], "{ \"outputs\": [ { \"name\": \"y\", \"datatype\": \"FP32\", \"contents\": { \"fp32Contents\": [ 1 ] } } ] }"
        },
    };

    [Theory, MemberData(nameof(Values))]
    public void Value_IsDecoded(byte[]? value, Header[] headers, string shown) => Assert.Equal(shown, PeekRow.Of(RecordOf(value, headers)).Value);

    [Theory, InlineData(40), InlineData(20), InlineData(99)]
    public void NarrowTerminal_HasTwoLinesThatFit(int width)
    {
        var lines = new PeekDisplay(false, width).Format(PeekRow.Of(DeadLetterOf())).Split('\n');

        Assert.Equal(2, lines.Length);
        Assert.All(lines, l => Assert.InRange(l.Length, 1, width));
        Assert.StartsWith("01-01 00:00:01", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  The value", lines[1], StringComparison.Ordinal);
    }

    [Theory, InlineData(100), InlineData(160)]
    public void WideTerminal_HasOneLineThatFits(int width)
    {
        var line = new PeekDisplay(false, width).Format(PeekRow.Of(DeadLetterOf()));

        Assert.Equal(width, line.Length);
        Assert.Contains("invalid-json", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Pipe_CutsNothing() =>
        Assert.EndsWith(new string('x', 3000), new PeekDisplay(false, int.MaxValue).Format(PeekRow.Of(RecordOf(Encoding.UTF8.GetBytes(new string('x', 3000)), None))), StringComparison.Ordinal);

    [Fact]
    public void Json_IsOneObjectALine()
    {
        var line = new PeekDisplay(true, 40).Format(PeekRow.Of(DeadLetterOf()));

        var json = JsonDocument.Parse(line).RootElement;
        Assert.DoesNotContain('\n', line);
        Assert.Equal(("errors/2/7", "invalid-json", "k"), (json.GetProperty("place").GetString(), json.GetProperty("reason").GetString(), json.GetProperty("key").GetString()));
        Assert.Equal("in", json.GetProperty("headers").GetProperty("seldon-error-topic").GetString());
        Assert.Equal(1, json.GetProperty("value")[0].GetInt32());
    }

    [Fact]
    public void OthersRecordsAndRepeatedHeaders_DoNotBreakIt()
    {
        var record = RecordOf([1, 2], [new("a", null), new("a", [0xff]), new("\u0007", []), new("seldon-error-reason", "x"u8.ToArray()), new("seldon-error-topic", "t"u8.ToArray())]) with { Timestamp = long.MaxValue, Key = [0xff, 0] };

        var row = PeekRow.Of(record);
        var json = JsonDocument.Parse(new PeekDisplay(true, 80).Format(row)).RootElement;

        Assert.Null(row.Note);
        Assert.Equal("ff00", json.GetProperty("key").GetString());
        Assert.Equal(["(null)", "ff"], json.GetProperty("headers").GetProperty("a").EnumerateArray().Select(v => v.GetString()));
        Assert.NotEmpty(new PeekDisplay(false, 40).Format(row));
    }

    [Fact]
    public void Filter_ChoosesByReasonKeyAndTime()
    {
        var letter = DeadLetterOf();

        Assert.True(new PeekFilter(["invalid-json"], "k", DateTimeOffset.FromUnixTimeMilliseconds(1000)).Chooses(letter));
        Assert.False(new PeekFilter(["model-failed"], null, null).Chooses(letter));
        Assert.False(new PeekFilter([], "other", null).Chooses(letter));
        Assert.False(new PeekFilter([], null, DateTimeOffset.FromUnixTimeMilliseconds(1001)).Chooses(letter));
        Assert.False(new PeekFilter(["invalid-json"], null, null).Chooses(RecordOf([], None)));
    }

    [Theory]
    [InlineData("short", 40, "short")]
    [InlineData("one two three", 8, "one\n  two\n  three")]
    [InlineData("unbreakable", 8, "unbr\n  eakabl\n  e")]
    public void Text_IsWrappedAtSpaces(string text, int width, string wrapped) => Assert.Equal(wrapped, Page.Wrap(text, width, 4, 2));

    private static Record RecordOf(byte[]? value, Header[] headers) => new("topic", 0, 1, 1000, null, value, headers);

    private static Record DeadLetterOf()
    {
        var letter = DeadLetter.From(
            new Record("in", 0, 1, 900, "k"u8.ToArray(), "[1]"u8.ToArray(), None), new Rejection(RejectionReason.InvalidJson, "The value does not start a JSON object, and no header declares another type."), "errors");
        return new Record(letter.Topic, 2, 7, 1000, letter.Key, letter.Value, letter.Headers);
    }
}
