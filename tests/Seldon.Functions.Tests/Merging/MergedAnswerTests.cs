using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>Through the engine and over sockets: whatever is merged, each record gets what the server says to it alone.</summary>
public class MergedAnswerTests
{
    [Theory, MemberData(nameof(RowDialect.Names), MemberType = typeof(RowDialect))]
    public async Task RecordsThatWait_ShareCalls_AndGetTheirOwnAnswers(string name)
    {
        await using var server = await RowServer.StartAsync(name);
        var random = new Random(7);
        var values = Enumerable.Range(0, 60).Select(i => server.Dialect.Request(random, i % 2)).ToList();

        var outcomes = await server.InferTogetherAsync([.. values.Select((v, i) => server.Dialect.ToRecord(v, i))]);

        Assert.All(outcomes.Zip(values).Index(), o => Assert.True(
            server.Dialect.AreEqual(server.Dialect.Model(o.Item.Second), RowServer.ValueOf(o.Item.First)),
            $"{o.Index}: {o.Item.Second} was answered {RowServer.ValueOf(o.Item.First)} {o.Item.First.Rejection} instead of {server.Dialect.Model(o.Item.Second)}"));
        var merged = outcomes.Where(o => o.Answer is not null && RowServer.SharedBy(o) > 1).ToList();
        Assert.InRange(merged.Count, 20, 60);
        Assert.InRange(server.Model.Calls.Count, 2, 45);
    }

    [Theory, MemberData(nameof(RowDialect.Names), MemberType = typeof(RowDialect))]
    public async Task MergedCall_CarriesNoRecordsId_AndEntityHeadersStay(string name)
    {
        await using var server = await RowServer.StartAsync(name);
        var value = Good(server.Dialect);
        var records = Enumerable.Range(0, 5).Select(i => server.Dialect.ToRecord(value, i,
            TestRecords.Header("seldon-puid", $"own-{i}"), TestRecords.Header("traceparent", $"00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b{i}-01"), TestRecords.Header("seldon-source", $"a/0/{i}"),
            TestRecords.Header("x-tenant", "shop"))).ToList();

        var outcomes = await server.InferTogetherAsync(records);

        Assert.Equal([1, 4, 4, 4, 4], outcomes.Select(RowServer.SharedBy));
        var (alone, merged) = (server.Model.Calls.First(), server.Model.Calls.Last());
        Assert.Equal("own-0", alone.Puid);
        Assert.DoesNotContain(merged.Headers.Keys, h => h is "seldon-puid" or "traceparent" or "seldon-source");
        Assert.Equal("shop", merged.Headers["x-tenant"]);
        Assert.All(outcomes, o => Assert.Equal(
            outcomes[0].Answer!.EntityHeaders.Select(h => h.Name), o.Answer!.EntityHeaders.Select(h => h.Name).Where(n => n != "seldon-merged")));
        var result = Result.From(records[4], outcomes[4].Answer!, "out");
        Assert.Equal("own-4", result.Headers.TextOf("seldon-puid"));
        Assert.Equal("4", result.Headers.TextOf("seldon-merged"));
    }

    [Fact]
    public async Task FreePlace_TheRecordGoesAtOnceAndAlone()
    {
        await using var server = await RowServer.StartAsync("tensorflow REST rows", null, ("KAFKA_WORKERS", "4"));
        var records = Enumerable.Range(0, 4).Select(i => TestRecords.Rest("""{"instances":[[1]]}""", i)).ToList();

        var outcomes = records.Select(server.Engine.Infer).ToList();
        await Until.True(() => server.Model.Calls.Count == 4);
        server.Release();

        Assert.All(await Until.Decided(outcomes), o => Assert.Equal(1, RowServer.SharedBy(o)));
    }

    [Fact]
    public async Task NothingIsSet_NothingIsMerged()
    {
        await using var server = await RowServer.StartAsync("tensorflow REST rows", null, ("MODEL_MAX_BATCH_ROWS", ""));

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 5).Select(i => TestRecords.Rest("""{"instances":[[1]]}""", i))]);

        Assert.Equal(5, server.Model.Calls.Count);
        Assert.All(outcomes, o => Assert.Equal(1, RowServer.SharedBy(o)));
    }

    [Theory, InlineData("MODEL_MAX_BATCH_ROWS", "3", 3), InlineData("MODEL_MAX_BATCH_BYTES", "1024", 2)]
    public async Task CallHasNoMoreThanIsSet(string setting, string value, int most)
    {
        await using var server = await RowServer.StartAsync("tensorflow REST rows", null, (setting, value));
        var text = new string('x', 400);

        var outcomes = await server.InferTogetherAsync([.. Enumerable.Range(0, 13).Select(i => TestRecords.Rest($$"""{"instances":["{{text}}"]}""", i))]);

        Assert.Equal(1 + (12 / most), server.Model.Calls.Count);
        Assert.All(outcomes.Skip(1), o => Assert.Equal(most, RowServer.SharedBy(o)));
    }

    /// <summary>What must have a call of its own, among equal ones.</summary>
    [Theory]
    [InlineData("tensorflow REST rows", """{"instances":[[1,2],[1,2]]}""",
        """{"instances":[["a","b"]]}""", """{"instances":[[1,2,3]]}""", """{"instances":[[[1],[2]]]}""", """{"instances":[[1,2],[3]]}""", """{"instances":[[1,[2]]]}""",
        """{"signature_name":"other","instances":[[1,2]]}""", """{"instances":7}""", """{"instances":[]}""", """{"instances":[[1,2]],"instances":[[3,4]]}""",
        """{"instances":[[1,2]],"inputs":[[3,4]]}""", """{"inst\u0061nces":[[1,2]]}""", """{"instances":[[1,2]]} x""", """{"instances":[[1,2]],"context":{"a":1}}""",
        """{"instances":[[true,false]]}""", """{"instances":[{"a":1}]}""", "\ufeff{\"instances\":[[1,2]]}")]
    [InlineData("tensorflow REST columns", """{"inputs":{"a":[1],"b":[[2]]}}""",
        """{"inputs":{"a":[1],"b":2}}""", """{"inputs":{"a":[1],"b":[[2],[3]]}}""", """{"inputs":{"a":[1],"a":[1]}}""", """{"inputs":{"b":[[2]],"c":[1]}}""", """{"inputs":{}}""", """{"inputs":{"b64":"AA"}}""")]
    [InlineData("v2 REST", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP64","data":[1,2]}]}""", """{"inputs":[{"name":"y","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        """{"inputs":[{"name":"x","shape":[1,1,2],"datatype":"FP32","data":[1,2]}]}""", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1,2]]}]}""",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]}""", """{"inputs":[{"name":"x","shape":[],"datatype":"FP32","data":[1]}]}""",
        """{"inputs":[{"name":"x","shape":[-1,2],"datatype":"FP32","data":[1,2]}]}""", """{"parameters":{"sequence_id":7},"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"shared_memory_region":"r"}}]}""", """{"inputs":[{"name":"x","shape":[1,2],"shape":[1,2],"datatype":"FP32","data":[1,2]}]}""",
        """{"id":"a","id":"b","inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", """{"outputs":[{"name":"y"}],"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""")]
    [InlineData("seldon REST", """{"data":{"names":["a","b"],"ndarray":[[1,2]]}}""",
        """{"strData":"x"}""", """{"binData":"AA=="}""", """{"jsonData":[[1,2]]}""", """{"data":{"names":["a","c"],"ndarray":[[1,2]]}}""", """{"data":{"ndarray":[[1,2]]}}""", """{"data":{"names":["a","b"],"ndarray":[["1","2"]]}}""",
        """{"data":{"names":["a","b"],"ndarray":[[1,2],3]}}""", """{"data":{"names":["a","b"],"tensor":{"shape":[1,2],"values":[1,2]}}}""", """{"meta":{"tags":{"x":1}},"data":{"names":["a","b"],"ndarray":[[1,2]]}}""",
        """{"data":{"names":["a","b"],"tftensor":{"dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"1"}]},"tensorContent":"AACAPw=="}}}""", """{"data":{"names":["a","b"],"ndarray":[]}}""")]
    public async Task ForeignRequests_StaySingle(string name, string equal, params string[] foreign)
    {
        await using var server = await RowServer.StartAsync(name);
        server.Instead = call => RowDialect.All[name].Format.Request(call.Body, 0) is null || foreign.Contains(System.Text.Encoding.UTF8.GetString(call.Body)) ? Reactions.Digest : null;
        var values = foreign.SelectMany(f => new[] { equal, f }).Prepend(equal).ToList();

        var outcomes = await server.InferTogetherAsync([.. values.Select((v, i) => TestRecords.Rest(v, i))]);

        Assert.All(outcomes.Zip(values).Skip(1), o => Assert.Equal(o.Second == equal ? foreign.Length : 1, o.First.Answer is null ? 1 : RowServer.SharedBy(o.First)));
        Assert.All(foreign, f => Assert.Contains(server.Model.Calls, c => c.Says(f)));
    }

    [Fact]
    public async Task RecordsWithOtherHeaders_StaySingle()
    {
        await using var server = await RowServer.StartAsync("tensorflow REST rows", null);
        const string value = """{"instances":[[1]]}""";

        var outcomes = await server.InferTogetherAsync(
        [
            TestRecords.Rest(value, 0), TestRecords.Rest(value, 1), TestRecords.Rest(value, 2, TestRecords.Header("x-tenant", "a")), TestRecords.Rest(value, 3, TestRecords.Header("x-tenant", "b")),
            TestRecords.Rest(value, 4, TestRecords.Header("content-type", "application/json")), TestRecords.Rest(value, 5, TestRecords.Header("authorization", "Bearer x")),
            TestRecords.Rest(value, 6, TestRecords.Header("seldon-method", "predict")), TestRecords.Rest(value, 7, TestRecords.Header("content-encoding", "identity")), TestRecords.Rest(value, 8),
        ]);

        Assert.Equal([1, 2, 1, 1, 1, 1, 1, 1, 2], outcomes.Select(RowServer.SharedBy));
    }

    /// <summary>A good request that may be merged.</summary>
    internal static RowValue Good(RowDialect dialect)
    {
        var random = new Random(1);
        while (true)
        {
            var value = dialect.Request(random, 0);
            if (dialect.Format.Request(value.Body, value.JsonLength) is not null && dialect.Model(value) is not null) return value;
        }
    }
}
