using Seldon.Functions.Models.Limits;

namespace Seldon.Functions.Tests.Models.Limits;

/// <summary>A server in virtual time: what it costs to answer, how much it does at once, and what it refuses.</summary>
/// <param name="Cores">So many calls are worked on at once; the others wait for their turn.</param>
/// <param name="PerCall">What a call takes.</param>
/// <param name="PerRecord">What each of its records takes besides.</param>
internal sealed record ModelledServer(int Cores, TimeSpan PerCall, TimeSpan PerRecord = default)
{
    /// <summary>With more calls, it pushes back.</summary>
    public int Refuses { get; init; } = int.MaxValue;

    /// <summary>The standard deviation of what a call takes, as a share of it.</summary>
    public double Spread { get; init; }

    /// <summary>How often the whole machine stands still for 20 to 100 ms, per second.</summary>
    public double Pauses { get; init; }

    /// <summary>The share of calls that are pushed back however many there are.</summary>
    public double PushesBack { get; init; }

    /// <summary>Whether calls never end.</summary>
    public bool Hangs { get; init; }

    /// <summary>From then on it is another one.</summary>
    public (TimeSpan From, ModelledServer Server)? Then { get; init; }
}

/// <summary>Records that wait for a modelled server behind a limit: as many again as are answered, so that there are always so many.</summary>
internal sealed class ModelledLoad
{
    private static readonly TimeSpan Network = TimeSpan.FromMicroseconds(300);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(5);

    private readonly IConcurrencyLimit _rule;
    private readonly int _most;
    private readonly Random _random;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private readonly Queue<LimitMark?> _again = new();
    private readonly PriorityQueue<int, TimeSpan> _cores = new();
    private ModelledServer _server;
    private long _order;
    private int _waiting;
    private int _inFlight;
    private int _atServer;

    /// <param name="rule">The limit.</param>
    /// <param name="server">The server.</param>
    /// <param name="records">How many records there are at a time.</param>
    /// <param name="most">How many of them may share a call.</param>
    /// <param name="seed">For chance.</param>
    public ModelledLoad(IConcurrencyLimit rule, ModelledServer server, int records = 5000, int most = 1, int seed = 1)
    {
        (_rule, _server, _most, _random) = (rule, server, most, new Random(seed));
        Become(server);
        if (server.Then is { } then) At(then.From, () => Become(then.Server));
        if (server.Pauses > 0) At(NextPause(), Pause);
        At(TimeSpan.FromSeconds(1), Look);
        Arrive(records);
    }

    public TimeSpan Now { get; private set; }

    public long Answered { get; private set; }

    public long Calls { get; private set; }

    public long PushedBack { get; private set; }

    /// <summary>Lets time pass.</summary>
    public void Run(double seconds)
    {
        var end = Now + TimeSpan.FromSeconds(seconds);
        while (_events.TryPeek(out _, out var next) && next.At <= end)
        {
            var happens = _events.Dequeue();
            Now = next.At;
            happens();
        }
        Now = end;
    }

    /// <summary>Records answered per second from now on.</summary>
    public double Measure(double seconds)
    {
        var before = Answered;
        Run(seconds);
        return (Answered - before) / seconds;
    }

    private void Become(ModelledServer server)
    {
        _server = server;
        _cores.Clear();
        for (var i = 0; i < server.Cores; i++) _cores.Enqueue(i, Now);
    }

    private void At(TimeSpan time, Action happens) => _events.Enqueue(happens, (time, _order++));

    /// <summary>One after the other: who finds a place takes it, alone.</summary>
    private void Arrive(int records)
    {
        for (; records > 0; records--)
        {
            _waiting++;
            if (_inFlight < _rule.Limit) Admit();
        }
    }

    private void Admit()
    {
        while (_inFlight < _rule.Limit && _again.Count + _waiting > 0)
        {
            var mark = _again.TryDequeue(out var again) ? again : null;
            var records = mark is null ? Math.Min(_most, _waiting) : 1;
            if (mark is null) _waiting -= records;
            if (_inFlight++ == 0) _rule.Resumed(Now);
            Calls++;
            Call(records, mark);
        }
    }

    private void Call(int records, LimitMark? mark)
    {
        var began = Now;
        if (_server.Hangs) return;
        if (_atServer >= _server.Refuses || _random.NextDouble() < _server.PushesBack)
        {
            At(Now + Network, () =>
            {
                End(new CallEnd(CallFate.Failed, 0, Now - began));
                PushedBack++;
                var then = _rule.PushedBack(Now, _inFlight);
                At(Now + Retry, () =>
                {
                    _again.Enqueue(then);
                    Admit();
                });
            });
            return;
        }
        _atServer++;
        _cores.TryDequeue(out var core, out var free);
        var takes = (_server.PerCall + (records * _server.PerRecord)) * Math.Exp(_server.Spread * Normal());
        var done = (free > Now ? free : Now) + takes;
        _cores.Enqueue(core, done);
        At(done, () => _atServer--);
        At(done + Network, () =>
        {
            End(new CallEnd(CallFate.Answered, records, Now - began));
            if (mark is { } then) _rule.Lower(Now, then);
            Answered += records;
            Arrive(records);
        });
    }

    private void End(CallEnd end)
    {
        _inFlight--;
        _rule.Ended(Now, end, _inFlight, _waiting + _again.Count > 0);
        Admit();
    }

    private void Look()
    {
        if (_waiting + _again.Count > 0) _rule.StillWaiting(Now);
        Admit();
        At(Now + TimeSpan.FromSeconds(1), Look);
    }

    private void Pause()
    {
        var until = Now + TimeSpan.FromMilliseconds(20 + (80 * _random.NextDouble()));
        var cores = new List<(int Core, TimeSpan Free)>();
        while (_cores.TryDequeue(out var core, out var free)) cores.Add((core, (free > Now ? free : Now) + (until - Now)));
        foreach (var (core, free) in cores) _cores.Enqueue(core, free);
        At(Now + (until - Now) + NextPause(), Pause);
    }

    private TimeSpan NextPause() => TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / _server.Pauses);

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
