using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Routing;

namespace Seldon.Functions.Benchmarks;

/// <summary>What the engine itself costs an answered record: route, gate, slot, deadline and outcome, without any client.</summary>
[MemoryDiagnoser]
public class EngineCost
{
    private static readonly CancellationTokenSource Host = new();

    private readonly InferenceEngine _engine = Make(isAsynchronous: false);
    private readonly InferenceEngine _asynchronous = Make(isAsynchronous: true);
    private readonly Func<ModelRequest, CallPath, CancellationToken, ValueTask<Reply>> _bare = new ReadyTransport(isAsynchronous: true).SendAsync;
    private readonly Record _record = new("in", 0, 0, 0, null, "{}"u8.ToArray(), [new Header("content-type", "application/json"u8.ToArray())]);

    [Benchmark(Baseline = true)]
    public async ValueTask<OutcomeKind> AnswerIsReady() => (await _engine.InferAsync(_record, Host.Token).ConfigureAwait(false)).Kind;

    [Benchmark]
    public async ValueTask<OutcomeKind> AnswerComesLater() => (await _asynchronous.InferAsync(_record, Host.Token).ConfigureAwait(false)).Kind;

    /// <summary>What of that is the cost of waiting for another thread, not the engine's.</summary>
    [Benchmark]
    public async ValueTask<int> WithoutEngine() => (int)(await _bare(null!, default, Host.Token).ConfigureAwait(false)).Fault;

    private static InferenceEngine Make(bool isAsynchronous)
    {
        var endpoint = new ModelEndpoint(
            new RouteOptions { Name = "default", Model = new ModelSelector("m") }, new ReadyTransport(isAsynchronous), new SemaphoreSlim(64, 64), TimeProvider.System, NullLogger.Instance);
        var route = new Route { Name = "default", Model = new ModelSelector("m"), Endpoints = new Endpoints(endpoint, null) };
        return new InferenceEngine(new RouteTable([route]), NullLogger.Instance, TimeProvider.System);
    }
}
