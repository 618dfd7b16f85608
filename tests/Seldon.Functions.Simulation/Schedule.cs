using Seldon.Functions.Options;

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

    /// <summary>Answers 404 to every call: the set-up is wrong, or the model is not there yet. Is ready, or has no readiness path.</summary>
    LacksTheModel,
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

    /// <summary>Brings the whole server down for a while, and takes along all calls in flight.</summary>
    Crashes,
}

/// <summary>
/// A schedule of server states, and records that come meanwhile. In the end the server works, and good records come; but for some schedules
/// that have nothing but bad ones.
/// </summary>
internal sealed class Schedule
{
    private static readonly ServerState[] Cold = [ServerState.Ready, ServerState.Down, ServerState.Loading, ServerState.LacksTheModel];
    private static readonly RecordKind[] Bad = [RecordKind.Refused, RecordKind.Fails, RecordKind.PushedBack, RecordKind.Hangs, RecordKind.BreaksConnection, RecordKind.Crashes];

    // Longer than readiness must last to be trusted.
    private static readonly ServerState[] Long = [ServerState.Ready, ServerState.Down, ServerState.Loading, ServerState.Frozen];

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

    public Transport Transport { get; private set; }

    /// <summary>Good records that were answered before everything else, in no time; their offsets are below zero.</summary>
    public int AnsweredBefore { get; private set; }

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
            Transport = random.Next(2) == 0 ? Transport.Rest : Transport.Grpc,
        };
        if (random.Next(20) == 0) return schedule.WithNothingButBadRecords(random);
        if (random.Next(20) == 0) return schedule.WithLongOutages(random);
        var time = TimeSpan.Zero;
        if (!isCold)
        {
            time = TimeSpan.FromSeconds(2);
            schedule.States.Add((time, ServerState.Ready));
            schedule.Records.Add((TimeSpan.FromMilliseconds(10), RecordKind.Good));
            // A busy server, whose many answers make every failure look unlikely.
            if (random.Next(200) == 0) schedule.AnsweredBefore = 20_000;
        }
        for (var left = random.Next(1, 6); left > 0; left--)
        {
            var state = isCold ? Cold[random.Next(Cold.Length)] : (ServerState)random.Next(Enum.GetValues<ServerState>().Length);
            time += TimeSpan.FromMilliseconds(random.Next(3) switch { 0 => random.Next(state is ServerState.Loading ? 1_050 : 50, 2_000), 1 => random.Next(1_000, 20_000), _ => random.Next(20_000, 120_000) });
            // Calls are in flight when the state changes.
            if (random.Next(2) == 0)
            {
                for (var records = random.Next(1, 4); records > 0; records--) schedule.Records.Add((schedule.StateEnds(random), RecordKind.Good));
            }
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
        schedule.EndWithGoodRecords(time);
        return schedule;
    }

    /// <summary>A record alone, or several at once, and nobody to compare them with.</summary>
    private Schedule WithNothingButBadRecords(Random random)
    {
        States.Add((TimeSpan.FromMilliseconds(1), ServerState.Ready));
        States.Add((TimeSpan.MaxValue, ServerState.Ready));
        HasControl = random.Next(2) == 0;
        // A server that goes down with all that it is ever asked may as well be out.
        var kinds = HasControl ? Bad : [.. Bad.Where(kind => kind != RecordKind.Crashes)];
        for (var records = random.Next(1, 5); records > 0; records--) Records.Add((TimeSpan.FromMilliseconds(10), kinds[random.Next(kinds.Length)]));
        return this;
    }

    /// <summary>Long times of one state, in which readiness would come to be trusted; after each the server fails everything for a moment.</summary>
    private Schedule WithLongOutages(Random random)
    {
        var time = TimeSpan.FromSeconds(2);
        States.Add((time, ServerState.Ready));
        Records.Add((TimeSpan.FromMilliseconds(10), RecordKind.Good));
        Records.Add((TimeSpan.FromMilliseconds(20), RecordKind.Fails));
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            Records.Add((time + TimeSpan.FromSeconds(1), RecordKind.Good));
            time += TimeSpan.FromMinutes(random.Next(5, 30));
            States.Add((time, Long[random.Next(Long.Length)]));
            Records.Add((StateEnds(random), RecordKind.Good));
            time += TimeSpan.FromSeconds(random.Next(1, 30));
            States.Add((time, ServerState.FailsAll));
        }
        States.Add((TimeSpan.MaxValue, ServerState.Ready));
        EndWithGoodRecords(time);
        return this;
    }

    /// <summary>Others for whom the endpoint works in the end.</summary>
    private void EndWithGoodRecords(TimeSpan time)
    {
        for (var last = 0; last < 3; last++) Records.Add((time + TimeSpan.FromSeconds(30 * (last + 1)), RecordKind.Good));
        Records.Sort((a, b) => a.At.CompareTo(b.At));
    }

    /// <summary>A moment just before the end of the last state so far.</summary>
    private TimeSpan StateEnds(Random random)
    {
        var end = (States.Count > 0 ? States[^1].Until : TimeSpan.Zero) - TimeSpan.FromMilliseconds(random.Next(1, 20));
        return end > TimeSpan.Zero ? end : TimeSpan.Zero;
    }

    public override string ToString() =>
        $"schedule {Number}: {Transport}, {(AnsweredBefore > 0 ? $"{AnsweredBefore} answered before, " : "")}{Workers} workers, {Replicas} replicas behind {(BalancesConnections ? "connections" : "calls")}, capacity {Capacity}{(HasControl ? ", control" : "")}; "
        + $"{string.Join(", ", States.Select(s => $"{s.State} until {(s.Until == TimeSpan.MaxValue ? "the end" : $"{s.Until.TotalSeconds:0.0}")}"))}; "
        + $"records {string.Join(", ", Records.Select((r, i) => $"{i}:{r.Kind}@{r.At.TotalSeconds:0.000}"))}";
}
