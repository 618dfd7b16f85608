using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.Bench;
using Seldon.Functions.Tests.Merging;

namespace Seldon.Functions.Tests.Standalone.Bench;

/// <summary>What <c>bench</c> finds of servers of different kinds.</summary>
public sealed class BenchRunTests : IDisposable
{
    private const string RestRows = "tensorflow REST rows";

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bench-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, InlineData(RestRows), InlineData("v2 REST"), InlineData("seldon REST"), InlineData("tensorflow gRPC Predict"), InlineData("v2 gRPC raw"), InlineData("seldon gRPC")]
    public async Task ModelTakesSeveralRows_IsMeasuredWithBatches(string dialect)
    {
        await using var server = await RowServer.StartAsync(dialect);
        server.Release();

        var report = await RunAsync(Target(server, MergedAnswerTests.Good(server.Dialect).Body));

        Assert.True(report.Batch.MayMerge, report.Batch.Text);
        Assert.Contains("equal those to the same requests alone", report.Batch.Text, StringComparison.Ordinal);
        Assert.Equal([(1, 1), (1, 4), (8, 1), (8, 4)], report.Points.Select(p => (p.Rows / report.Points[0].Rows, p.InFlight)));
        Assert.All(report.Points, p => Assert.Equal(0, p.Failed));
        Assert.NotNull(report.Advice?.ForRate);
    }

    [Fact]
    public async Task ModelRefusesSeveralRows_IsSaid_AndMeasuredWithSingleCalls()
    {
        await using var server = await RowServer.StartAsync(RestRows);
        server.Release();
        server.Instead = call => MergeFailureTests.RowsOf(call) > 1 ? Reactions.Fail : null;

        var report = await RunAsync(Target(server, """{"instances":[[1,2]]}"""u8));

        Assert.False(report.Batch.MayMerge);
        Assert.Contains("does not take several rows in one request", report.Batch.Text, StringComparison.Ordinal);
        Assert.All(report.Points, p => Assert.Equal(1, p.Rows));
        Assert.Equal(1, report.Advice!.Rows);
    }

    [Fact]
    public async Task RowsInfluenceEachOther_IsSaid()
    {
        await using var server = await RowServer.StartAsync(RestRows);
        server.Release();
        server.Instead = call =>
        {
            var rows = MergeFailureTests.RowsOf(call);
            return Reactions.Http(200, JsonSerializer.Serialize(new { predictions = Enumerable.Repeat(1.0 / rows, rows) }));
        };

        var report = await RunAsync(Target(server, """{"instances":[[1,2]]}"""u8, """{"instances":[[3,4]]}"""u8));

        Assert.False(report.Batch.MayMerge);
        Assert.Contains("differ from the answers", report.Batch.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestHasNoRows_IsNeverMerged()
    {
        await using var server = await RowServer.StartAsync("seldon REST");
        server.Release();
        server.Instead = _ => Reactions.Http(200, """{"strData":"b"}""");

        var report = await RunAsync(Target(server, """{"strData":"a"}"""u8));

        Assert.False(report.Batch.MayMerge);
        Assert.StartsWith("Such requests are never merged", report.Batch.Text, StringComparison.Ordinal);
        Assert.NotNull(report.Advice);
    }

    [Fact]
    public async Task ServerIsDown_IsSaidAtOnce()
    {
        var obstacle = await Assert.ThrowsAsync<BenchException>(() => RunAsync(Target("tensorflow", "rest", "http://localhost:1", File("a", """{"instances":[1]}"""u8))));

        Assert.Contains("http://localhost:1", obstacle.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached (ConnectionRefused)", obstacle.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ModelRefusesTheRequest_ItsWordsAreShown()
    {
        await using var server = await RowServer.StartAsync(RestRows);
        server.Release();
        server.Instead = _ => Reactions.Http(400, """{"error":"wrong shape"}""");

        var obstacle = await Assert.ThrowsAsync<BenchException>(() => RunAsync(Target(server, """{"instances":[1]}"""u8)));

        Assert.StartsWith("The request does not fit", obstacle.Message, StringComparison.Ordinal);
        Assert.Contains("wrong shape", obstacle.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestIsNoneOfTheProtocol_IsSaid()
    {
        await using var server = await RowServer.StartAsync(RestRows);

        var obstacle = await Assert.ThrowsAsync<BenchException>(() => RunAsync(Target(server, "[1]"u8)));

        Assert.StartsWith("The request does not fit: The value does not start", obstacle.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:1", "a", "--url is 'localhost:1': use scheme://host:port")]
    [InlineData("http://localhost:1", "none", "cannot be read: name a file that is there")]
    [InlineData("http://localhost:1", "empty", "is empty: name a file with one request")]
    public async Task OptionIsWrong_IsNamed(string url, string file, string problem)
    {
        File("a", "{}"u8);
        File("empty", []);

        var (_, problems) = await BenchTarget.AtAsync(Settings(), Given("tensorflow", "rest", url), new Dictionary<string, string>(), [Path.Combine(_folder.FullName, file)], TestContext.Current.CancellationToken);

        Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopped_Ends()
    {
        await using var server = await RowServer.StartAsync(RestRows);
        server.Release();
        using var stop = new CancellationTokenSource();
        var run = new BenchRun(await Target(server, """{"instances":[[1,2]]}"""u8), TimeSpan.FromHours(1), null, TimeProvider.System);
        var work = run.RunAsync(stop.Token);
        await Until.True(() => run.Doing.Contains("measurements to go", StringComparison.Ordinal));

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    [Fact]
    public void Plot_IsAPngAndAnSvg()
    {
        var report = new BenchReport("http://localhost:1", new BatchVerdict(true, ""), [new BenchPoint(1, 1, 1, 100, 1, 2, 0), new BenchPoint(1, 2, 1, 190, 1, 2, 0), new BenchPoint(8, 2, 8, 900, 2, 3, 0)], null);

        var files = BenchPlot.Save(Path.Combine(_folder.FullName, "plot"), report);

        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], System.IO.File.ReadAllBytes(files[0])[..4]);
        var svg = System.Xml.Linq.XDocument.Load(files[1]);
        Assert.Equal("svg", svg.Root!.Name.LocalName);
        Assert.Contains("8 rows a call", string.Concat(svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)), StringComparison.Ordinal);
    }

    private static async Task<BenchReport> RunAsync(Task<BenchTarget> target) => await new BenchRun(await target, Budget, 1000, TimeProvider.System) { InFlight = [1, 4], Records = [1, 8] }.RunAsync(CancellationToken.None);

    private Task<BenchTarget> Target(RowServer server, ReadOnlySpan<byte> request, ReadOnlySpan<byte> other = default)
    {
        var isGrpc = server.Dialect.Transport == Transport.Grpc;
        string[] files = other.IsEmpty ? [File("request", request)] : [File("request", request), File("other", other)];
        return Target(server.Dialect.Protocol, isGrpc ? "grpc" : "rest", isGrpc ? server.Model.GrpcUrl : server.Model.RestUrl, files);
    }

    private static async Task<BenchTarget> Target(string protocol, string transport, string url, params string[] files)
    {
        var (target, problems) = await BenchTarget.AtAsync(Settings(), Given(protocol, transport, url), new Dictionary<string, string>(), files, TestContext.Current.CancellationToken);
        Assert.Empty(problems);
        return target!;
    }

    private static IConfiguration Settings() => new ConfigurationBuilder().Build();

    private static Dictionary<string, string?> Given(string protocol, string transport, string url) => new()
    {
        ["SELDON_PROTOCOL"] = protocol,
        ["SELDON_TRANSPORT"] = transport,
        [transport == "grpc" ? "MODEL_GRPC_URL" : "MODEL_REST_URL"] = url,
        ["MODEL_NAME"] = protocol == "seldon" ? null : "m",
    };

    private string File(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_folder.FullName, name);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }
}
