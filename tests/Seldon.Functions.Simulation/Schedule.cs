namespace Seldon.Functions.Simulation;

/// <summary>What a server is like for a while.</summary>
internal enum ServerState
{
    /// <summary>Ready; answers what is good.</summary>
    Ready,

    /// <summary>Refuses connections.</summary>
    Down,

    /// <summary>Says that it is not ready, and answers 400 to every call.</summary>
    Loading,

    /// <summary>Answers nothing at all, not even the readiness call.</summary>
    Frozen,

    /// <summary>Ready, as it says; one of its replicas fails everything.</summary>
    OneReplicaSick,

    /// <summary>Ready, as it says; pushes back what is more than it can do at a time.</summary>
    Overloaded,

    /// <summary>Ready, as it says; pushes back every second call.</summary>
    HalfPushedBack,

    /// <summary>Ready, as it says; fails everything.</summary>
    FailsAll,

    /// <summary>Says yes and no in turns, and fails every other call.</summary>
    Flaps,
}

/// <summary>What a record is like.</summary>
internal enum RecordKind
{
    /// <summary>Answered by a server that works.</summary>
    Good,

    /// <summary>Always answered 400.</summary>
    Refused,

    /// <summary>Always answered 500.</summary>
    Fails,

    /// <summary>Always answered 503.</summary>
    PushedBack,

    /// <summary>Never answered: the deadline passes.</summary>
    Hangs,

    /// <summary>Always breaks its connection, and takes along those who share it.</summary>
    BreaksConnection,
}

/// <summary>A schedule of server states, and records that come meanwhile. In the end the server works, and good records come.</summary>
internal sealed class Schedule
{
    private static readonly ServerState[] Cold = [ServerState.Ready, ServerState.Down, ServerState.Loading];
    private static readonly RecordKind[] Bad = [RecordKind.Refused, RecordKind.Fails, RecordKind.PushedBack, RecordKind.Hangs, RecordKind.BreaksConnection];

    private Schedule(int number) => Number = number;

    public int Number { get; }

    /// <summary>Until when which state lasts; the last one lasts forever.</summary>
    public List<(TimeSpan Until, ServerState State)> States { get; } = [];

    public List<(TimeSpan At, RecordKind Kind)> Records { get; } = [];

    public int Replicas { get; private set; }

    /// <summary>Whether a connection leads to one replica, or each call to any.</summary>
    public bool BalancesConnections { get; private set; }

    public int Workers { get; private set; }

    /// <summary>How many calls the server takes at a time while it is overloaded.</summary>
    public int Capacity { get; private set; }

    public bool HasControl { get; private set; }

    /// <summary>The schedule of this number and seed.</summary>
    public static Schedule Make(int seed, int number)
    {
        var random = new Random(HashCode.Combine(seed, number));
        // A cold server has answered nobody yet: then only what is known from readiness can be told.
        var isCold = random.Next(4) == 0;
        var schedule = new Schedule(number)
        {
            Replicas = random.Next(2, 5),
            BalancesConnections = random.Next(2) == 0,
            Workers = random.Next(1, 17),
            Capacity = random.Next(1, 4),
            HasControl = isCold && random.Next(2) == 0,
        };
        var time = TimeSpan.Zero;
        if (!isCold)
        {
            time = TimeSpan.FromSeconds(2);
            schedule.States.Add((time, ServerState.Ready));
            schedule.Records.Add((TimeSpan.FromMilliseconds(10), RecordKind.Good));
        }
        for (var left = random.Next(1, 6); left > 0; left--)
        {
            var state = isCold ? Cold[random.Next(Cold.Length)] : (ServerState)random.Next(Enum.GetValues<ServerState>().Length);
            time += TimeSpan.FromMilliseconds(random.Next(3) switch { 0 => random.Next(50, 1_000), 1 => random.Next(1_000, 20_000), _ => random.Next(20_000, 120_000) });
            schedule.States.Add((time, state));
        }
        schedule.States.Add((TimeSpan.MaxValue, ServerState.Ready));

        // Bursts and trickles, with none, few or many bad records among them.
        var share = random.Next(3) switch { 0 => 0, 1 => 0.1, _ => 0.6 };
        for (var bursts = random.Next(1, 4); bursts > 0; bursts--)
        {
            var at = time * random.NextDouble();
            var gap = random.Next(2) == 0 ? 2 : random.Next(2, 3_000);
            for (var records = random.Next(1, 12); records > 0; records--)
            {
                schedule.Records.Add((at, random.NextDouble() < share ? Bad[random.Next(Bad.Length)] : RecordKind.Good));
                at += TimeSpan.FromMilliseconds(random.Next(gap));
            }
        }
        // Others for whom the endpoint works in the end.
        for (var last = 0; last < 3; last++) schedule.Records.Add((time + TimeSpan.FromSeconds(30 * (last + 1)), RecordKind.Good));
        schedule.Records.Sort((a, b) => a.At.CompareTo(b.At));
        return schedule;
    }

    public override string ToString() =>
        $"schedule {Number}: {Workers} workers, {Replicas} replicas behind {(BalancesConnections ? "connections" : "calls")}, capacity {Capacity}{(HasControl ? ", control" : "")}; "
        + $"{string.Join(", ", States.Select(s => $"{s.State} until {(s.Until == TimeSpan.MaxValue ? "the end" : $"{s.Until.TotalSeconds:0.0}")}"))}; "
        + $"records {string.Join(", ", Records.Select((r, i) => $"{i}:{r.Kind}@{r.At.TotalSeconds:0.000}"))}";
}
