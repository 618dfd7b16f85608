using System.Buffers;
using CsCheck;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Tests.Merging;

/// <summary>What a model says of merged requests, divided, is what it says of each alone: over shapes, types, numbers of rows, strings and ids.</summary>
public class RowProperties
{
    private const int Together = 8;

    [Theory, MemberData(nameof(RowDialect.Names), MemberType = typeof(RowDialect))]
    public void MergedAnswers_SplitToWhatSingleCallsAnswer(string name)
    {
        var dialect = RowDialect.All[name];
        var merged = 0;
        Gen.Int.Sample(
            seed =>
            {
                var random = new Random(seed);
                var first = random.Next(1000);
                var requests = Enumerable.Range(0, Together).Select(_ => dialect.Request(random, first + random.Next(2))).ToList();
                foreach (var alike in requests.Select(r => (Value: r, Rows: dialect.Format.Request(r.Body, r.JsonLength))).Where(r => r.Rows is not null).GroupBy(r => KeyOf(r.Rows!)))
                {
                    // A request that the model refuses is found by calls, not by reading.
                    var good = alike.Where(r => dialect.Model(r.Value) is not null).ToList();
                    if (good.Count == 0) continue;
                    merged += good.Count - 1;
                    var one = good[0].Rows!.Merge([.. good.Select(r => r.Rows!)]);
                    var answer = dialect.Model(new RowValue([.. one.Bytes], one.JsonLength));
                    if (answer is null || dialect.Format.Answer(answer.Body, answer.JsonLength) is not { } rows || rows.Rows != good.Sum(r => r.Rows!.Rows)) return false;
                    var from = 0;
                    foreach (var (value, its) in good)
                    {
                        var slice = rows.Slice(from, its!.Rows, its.Id);
                        from += its.Rows;
                        if (!dialect.AreEqual(new RowValue(slice.Bytes, slice.JsonLength), dialect.Model(value))) return false;
                    }
                }
                return true;
            },
            TestContext.Current.TestOutputHelper!.WriteLine,
            time: 1);

        Assert.InRange(merged, 100, int.MaxValue);
    }

    [Theory, MemberData(nameof(RowDialect.Names), MemberType = typeof(RowDialect))]
    public void DamagedRequests_AreReadWithoutFailure(string name)
    {
        var dialect = RowDialect.All[name];
        Gen.Select(Gen.Int, Gen.Int[0, 500], Gen.Byte, Gen.Int[0, 2]).Sample(
            (seed, at, value, what) =>
            {
                var random = new Random(seed);
                var good = dialect.Request(random, random.Next(1000));
                var body = good.Body.ToArray();
                at %= body.Length;
                if (what == 0) body[at] = value;
                else if (what == 1) body = body[..at];
                else body = [.. body[..at], value, .. body[at..]];
                foreach (var read in new[] { dialect.Format.Request, dialect.Format.Answer })
                {
                    // What is read as rows can also be put together and divided.
                    if (read(body, Math.Min(good.JsonLength, body.Length)) is not { } rows) continue;
                    rows.Merge([rows, rows]);
                    try
                    {
                        rows.Slice(rows.Rows - 1, 1, rows.Id);
                    }
                    catch (InvalidDataException)
                    {
                        // JSON that is none.
                    }
                }
            },
            TestContext.Current.TestOutputHelper!.WriteLine,
            time: 1);
    }

    private static string KeyOf(RowBody rows)
    {
        var key = new ArrayBufferWriter<byte>();
        rows.WriteKey(key);
        return Convert.ToHexString(key.WrittenSpan);
    }
}
