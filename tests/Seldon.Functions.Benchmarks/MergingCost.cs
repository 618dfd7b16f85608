using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.OpenInference;
using Seldon.Functions.Protocols.TensorFlow;
using Seldon.Functions.Records;

namespace Seldon.Functions.Benchmarks;

/// <summary>What merging costs a record of 100 numbers that waits, beside a call of its own: one place, a transport that sends nothing and has its answers ready.</summary>
[MemoryDiagnoser]
#pragma warning disable CA1001 // They live as long as the process.
public class MergingCost
#pragma warning restore CA1001
{
    private const int Count = 1024;

    private static readonly CancellationTokenSource Host = new();

    private readonly Task[] _outcomes = new Task[Count];
    private InferenceEngine _engine = null!;
    private RowTransport _transport = null!;
    private Record[] _records = [];

    [Params("tensorflow REST", "v2 REST", "v2 gRPC raw")]
    public string Requests { get; set; } = "";

    [Params(1, 32)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var numbers = string.Join(",", Enumerable.Range(0, 100).Select(i => (i * 1.618).ToString("0.0000", CultureInfo.InvariantCulture)));
        var (request, answer, format) = Requests switch
        {
            "tensorflow REST" => ($"{{\"instances\":[[{numbers}]]}}", "{\"predictions\":[[0.25,0.5,0.25]]}", TensorFlowJson.Rows),
            "v2 REST" => ($"{{\"inputs\":[{{\"name\":\"x\",\"shape\":[1,100],\"datatype\":\"FP32\",\"data\":[{numbers}]}}]}}",
                "{\"outputs\":[{\"name\":\"y\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[0.25,0.5,0.25]}]}", OpenInferenceJson.Rows),
            _ => ("", "", OpenInferenceRows.Infer),
        };
        var (value, reply) = format == OpenInferenceRows.Infer ? (Message(100), Message(3)) : (Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(answer));
        _transport = new RowTransport(format, value, reply, Rows);
        var endpoint = new ModelEndpoint(
            new RouteOptions { Name = "default", Model = new ModelSelector("m"), Workers = 1, Batch = new BatchLimits(Rows, BatchLimits.DefaultMaxBytes) },
            _transport, new SemaphoreSlim(1, 1), TimeProvider.System, NullLogger.Instance);
        _engine = new InferenceEngine(
            new Routing.RouteTable([new Routing.Route { Name = "default", Model = new ModelSelector("m"), Endpoints = new Endpoints(endpoint, null) }]), NullLogger.Instance, TimeProvider.System);
        _records = [.. Enumerable.Range(0, Count).Select(i => new Record("in", 0, i, 0, null, value, []))];
    }

    /// <summary>The first record has the only place; the others wait, and go on one by one or 32 by 32.</summary>
    [Benchmark(OperationsPerInvoke = Count)]
    public async Task RecordsThatWait()
    {
        _transport.Hold();
        for (var i = 0; i < Count; i++) _outcomes[i] = _engine.InferAsync(_records[i], Host.Token).AsTask();
        _transport.Release();
        await Task.WhenAll(_outcomes).ConfigureAwait(false);
    }

    /// <summary>ModelInferRequest and -Response have the same fields: { 1 model_name, 5 tensors { 1 name, 2 datatype, 3 shape } } with raw contents in 7 and in 6.</summary>
    private static byte[] Message(int numbers) => new Protocols.Wire.WireWriter().Text(1, "m")
        .Bytes(5, new Protocols.Wire.WireWriter().Text(1, "x").Text(2, "FP32").Bytes(3, [1, (byte)numbers]).ToArray()).Bytes(numbers == 100 ? 7 : 6, new byte[4 * numbers]).ToArray();

    /// <summary>Merged answers for up to so many rows are made beforehand.</summary>
    private sealed class RowTransport(RowFormat format, byte[] request, byte[] answer, int rows) : IModelTransport
    {
        private readonly Reply[] _replies = [.. Enumerable.Range(1, rows).Select(n => Reply.Answer(n == 1 ? answer : Join(format.Answer(answer, 0)!, n), []))];
        private readonly Dictionary<int, int> _rows = Enumerable.Range(2, Math.Max(0, rows - 1)).ToDictionary(n => Join(format.Request(request, 0)!, n).Length);
        private readonly Uri _path = new("http://localhost/path");
        private volatile TaskCompletionSource _open = new();

        public string Name => "ready";

        public Transport Kind => Transport.Rest;

        public Uri Address { get; } = new("http://localhost");

        public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _open.SetResult();

        public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection)
        {
            rejection = null;
            return new ModelRequest(record, record.Value!, _path);
        }

        public RowBody? ReadRows(ModelRequest one) => format.Request(one.Body, 0);

        public RowBody? ReadRows(ModelRequest merged, in Reply reply) => format.Answer(reply.Body, 0);

        public async ValueTask<Reply> SendAsync(ModelRequest sent, CallPath path, CancellationToken cancellationToken)
        {
            if (!_open.Task.IsCompleted) await _open.Task.ConfigureAwait(false);
            return sent is MergedRequest merged ? _replies[_rows[merged.Content.Count] - 1] : _replies[0];
        }

        public ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken) => new(Readiness.Ready);

        public void Dispose()
        {
        }

        private static byte[] Join(RowBody one, int rows) => [.. one.Merge([.. Enumerable.Repeat(one, rows)]).Bytes];
    }
}
