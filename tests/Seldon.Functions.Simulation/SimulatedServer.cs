using Seldon.Functions.Models;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Simulation;

/// <summary>The server of a schedule, in the place of a transport: what it does with a call follows from its state and the record.</summary>
internal sealed class SimulatedServer(Schedule schedule, VirtualClock clock, Random random) : IModelTransport
{
    private const int Connections = 4;

    private readonly List<(long Connection, TaskCompletionSource Broken)> _inFlight = [];
    private bool _pushesBack;
    private bool _says;
    private TimeSpan _crashedUntil;

    public string Name => "the server";

    public Transport Kind => schedule.Transport;

    public Uri Address { get; } = new("http://localhost");

    /// <summary>The calls that arrived.</summary>
    public long Calls { get; private set; }

    public ModelRequest? Prepare(Record record, NodeCall call, out Rejection? rejection)
    {
        rejection = null;
        return new ModelRequest(record, record.Value!, null);
    }

    public async ValueTask<Reply> SendAsync(ModelRequest request, CallPath path, CancellationToken cancellationToken)
    {
        Calls++;
        if (request.Record.Offset < 0) return Reply.Answer([1], []);
        if (StateNow() == ServerState.Down) return Reply.NothingSent("refused");
        // Over HTTP/2 calls share connections.
        var hasItsOwn = Kind == Transport.Rest ? path.IsRetry : path.IsAlone;
        var connection = hasItsOwn ? -1 - random.Next(1_000_000) : path.Connection % Connections;
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isTooMuch = _inFlight.Count >= schedule.Capacity;
        var replica = random.Next(schedule.Replicas);
        if (schedule.BalancesConnections && connection >= 0) replica = (int)((connection + schedule.Number) % schedule.Replicas);
        _inFlight.Add((connection, broken));
        try
        {
            var work = Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 20)), clock, cancellationToken);
            if (await Task.WhenAny(work, broken.Task) == broken.Task) return Reply.Lost("reset");
            await work;
        }
        finally
        {
            _inFlight.Remove((connection, broken));
        }
        return await AnswerAsync((RecordKind)request.Record.Partition, connection, replica, isTooMuch, cancellationToken);
    }

    public async ValueTask<Readiness> ProbeAsync(bool fresh, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 3)), clock, cancellationToken);
        switch (StateNow())
        {
            case ServerState.Down:
                return Readiness.No("cannot be reached");
            case ServerState.Loading:
                return Readiness.No("is loading");
            case ServerState.Frozen:
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
                return default;
            case ServerState.LacksTheModel when schedule.Number % 2 == 0:
                return Readiness.Unknown;
            case ServerState.Flaps:
                _says = !_says;
                return _says ? Readiness.Ready : Readiness.No("says no");
            default:
                return Readiness.Ready;
        }
    }

    public void Dispose()
    {
    }

    private ServerState StateNow() => clock.Now < _crashedUntil ? ServerState.Down : schedule.States.First(s => clock.Now < s.Until).State;

    private async Task<Reply> AnswerAsync(RecordKind kind, long connection, int replica, bool isTooMuch, CancellationToken cancellationToken)
    {
        switch (StateNow())
        {
            case ServerState.Down:
                return Reply.Lost("reset");
            case ServerState.Loading:
                return Reply.Of(Fault.Record, "400");
            case ServerState.Frozen:
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
                break;
            case ServerState.OneReplicaSick when replica == 0:
                return Reply.Of(Fault.Ambiguous, "UNKNOWN");
            case ServerState.Overloaded when isTooMuch:
                return Reply.Of(Fault.PushBack, "503");
            case ServerState.HalfPushedBack when _pushesBack = !_pushesBack:
                return Reply.Of(Fault.PushBack, "503");
            case ServerState.FailsAll:
                return Reply.Of(Fault.Ambiguous, "500");
            case ServerState.LacksTheModel:
                return Reply.Of(Fault.SetUp, "404");
            case ServerState.Flaps when random.Next(2) == 0:
                return Reply.Of(Fault.Ambiguous, "500");
        }
        switch (kind)
        {
            case RecordKind.Refused:
                return Reply.Of(Fault.Record, "400");
            case RecordKind.Fails:
                return Reply.Of(Fault.Ambiguous, "500");
            case RecordKind.PushedBack:
                return Reply.Of(Fault.PushBack, "503");
            case RecordKind.Hangs:
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
                break;
            case RecordKind.BreaksConnection:
                if (Kind == Transport.Grpc) Break(c => c.Connection == connection);
                return Reply.Lost("reset");
            case RecordKind.Crashes:
                _crashedUntil = clock.Now + TimeSpan.FromMilliseconds(random.Next(100, 3_000));
                Break(_ => true);
                return Reply.Lost("reset");
        }
        return Reply.Answer([1], []);
    }

    private void Break(Func<(long Connection, TaskCompletionSource Broken), bool> whose)
    {
        foreach (var call in _inFlight.Where(whose).ToList()) call.Broken.TrySetResult();
    }
}
