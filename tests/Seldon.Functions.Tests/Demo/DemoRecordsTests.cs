using System.Text;
using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The records that the demo sends.</summary>
public class DemoRecordsTests
{
    [Theory]
    [InlineData(9, 0), InlineData(10, 1), InlineData(59, 5), InlineData(60, 6), InlineData(61, 6), InlineData(300, 6), InlineData(600, 12), InlineData(6001, 120)]
    public void AnyNumber_HasItsShareOfBadRecordsWhateverTheDialects(int count, int bad)
    {
        for (var dialects = 1; dialects <= DialectList.All.Count; dialects++)
        {
            var records = new DemoRecords([.. DialectList.All.Take(dialects)], count, d => d.Protocol);

            Assert.Equal(bad, records.BadCount);
            Assert.Equal(bad, Enumerable.Range(0, count).Count(i => records.ExpectedReason(i) is not null));
        }
    }

    [Fact]
    public void SixHundred_AreSpreadEvenlyOverProtocolsAndTransports_BadOnesToo()
    {
        var records = new DemoRecords(DialectList.All, 600, d => $"{d.Protocol} {d.TransportName}");

        var spread = Enumerable.Range(0, 600).GroupBy(i => records[i].Topic).ToList();
        Assert.Equal(6, spread.Count);
        Assert.All(spread, own => Assert.Equal((100, 2), (own.Count(), own.Count(i => records.ExpectedReason(i) is not null))));
    }

    [Fact]
    public void EachDialect_HasRecordsWithAndWithoutKeysInEachOfItsForms()
    {
        var records = new DemoRecords(DialectList.All, 600, d => $"{d.Protocol} {d.TransportName}").All().ToList();

        foreach (var dialect in DialectList.All)
        {
            var own = records.Where(r => r.Topic == $"{dialect.Protocol} {dialect.TransportName}").ToList();
            Assert.InRange(own.Count(r => r.Key is null), 30, 40);
            Assert.All(own, r => Assert.Equal(dialect.Transport == Transport.Grpc, r.Headers.TextOf("proto-name") is not null));
        }
        foreach (var kind in (string[])["ndarray", "tensor"])
            Assert.InRange(records.Count(r => r.Topic == "seldon rest" && Encoding.UTF8.GetString(r.Value!).Contains(kind, StringComparison.Ordinal)), 48, 51);
    }

    [Fact]
    public void TwoRuns_HaveTheSameRecords()
    {
        var (one, other) = (new DemoRecords(DialectList.All, 60, d => d.Protocol), new DemoRecords(DialectList.All, 60, d => d.Protocol));

        Assert.Equal(one.All().Select(Show), other.All().Select(Show));

        static string Show(ProducerRecord r) => $"{r.Topic} {r.SourcePartition} {Hex(r.Key)} {Hex(r.Value)} {r.Headers[1].Name} {Hex(r.Headers[1].Value)}";
        static string Hex(byte[]? bytes) => bytes is null ? "null" : Convert.ToHexString(bytes);
    }
}
