using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Merging;

/// <summary>A scripted server whose model computes rows, with an engine that merges. Its calls can be held, so that records wait behind them.</summary>
internal sealed class RowServer : IAsyncDisposable
{
    private volatile TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RowServer(ScriptedModel model, RowDialect dialect) => (Model, Dialect) = (model, dialect);

    public ScriptedModel Model { get; }

    public RowDialect Dialect { get; }

    public EngineUnderTest Engine { get; private set; } = null!;

    /// <summary>What happens to a call instead of an answer; null for an answer.</summary>
    public Func<Call, Reaction?> Instead { get; set; } = _ => null;

    public static async Task<RowServer> StartAsync(string dialect, TimeProvider? time = null, params (string Name, string Value)[] settings)
    {
        var its = RowDialect.All[dialect];
        var server = new RowServer(await ScriptedModel.StartAsync(), its);
        server.Model.Script = call => Reactions.After(server._open.Task, server.Instead(call) ?? its.Answer(call));
        server.Engine = EngineUnderTest.For(
            server.Model, its.Transport, time,
            [("SELDON_PROTOCOL", its.Protocol), ("KAFKA_WORKERS", "1"), ("MODEL_MAX_BATCH_ROWS", "64"), .. settings.Select(s => (s.Name, s.Value.Replace("URL", server.Model.RestUrl, StringComparison.Ordinal)))]);
        return server;
    }

    /// <summary>Hands over the records while one call is held: the first has the only place, and the others wait behind it.</summary>
    public async Task<Outcome[]> InferTogetherAsync(IReadOnlyList<Record> records, Microsoft.Extensions.Time.Testing.FakeTimeProvider? clock = null)
    {
        Hold();
        var before = Model.Calls.Count;
        var first = Engine.Infer(records[0]);
        await Until.True(() => Model.Calls.Count > before);
        // Each waits in the queue when the task is returned.
        var others = records.Skip(1).Select(Engine.Infer).ToList();
        Release();
        return await Until.Decided([first, .. others], clock);
    }

    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _open.TrySetResult();

    /// <summary>What the outcome says; null for a rejection.</summary>
    public static RowValue? ValueOf(Outcome outcome) => outcome.Answer is not { } answer ? null : new RowValue(
        answer.Value, answer.EntityHeaders.TextOf("inference-header-content-length") is { } length ? int.Parse(length, System.Globalization.CultureInfo.InvariantCulture) : 0);

    /// <summary>How many records shared the outcome's call.</summary>
    public static int SharedBy(Outcome outcome) => outcome.Answer!.EntityHeaders.TextOf("seldon-merged") is { } count ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 1;

    public async ValueTask DisposeAsync()
    {
        Release();
        await Engine.DisposeAsync();
        await Model.DisposeAsync();
    }
}
