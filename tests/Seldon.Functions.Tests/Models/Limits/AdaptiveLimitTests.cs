using Seldon.Functions.Models.Limits;

namespace Seldon.Functions.Tests.Models.Limits;

/// <summary>The adaptive limit in virtual time, against modelled servers: what it answers beside the best of all fixed numbers, and where it ends.</summary>
public class AdaptiveLimitTests
{
    private const double WarmUp = 10;
    private const double Measured = 20;

    private static readonly int[] FixedNumbers = [1, 2, 4, 8, 16, 32, 64, 128];

    private static readonly double[] Spreads = [0, 0.2];

    private static readonly ModelledServer OneCore = new(1, Milliseconds(2), Milliseconds(0.02));
    private static readonly ModelledServer Parallel = new(64, Milliseconds(8));
    private static readonly ModelledServer Refusing = Parallel with { Refuses = 16 };

    private static readonly Dictionary<string, (ModelledServer Server, int Records, int Most, int Fewest, int Highest)> Servers = new()
    {
        ["one core"] = (OneCore, 5000, 1, 1, 8),
        ["one core, merged"] = (OneCore, 5000, 32, 1, 8),
        ["one core, merged, few records"] = (OneCore, 400, 32, 1, 4),
        ["64 at once"] = (Parallel, 5000, 1, 48, 160),
        ["64 at once, 40 records"] = (Parallel, 40, 1, 32, 160),
        ["503 above 16"] = (Refusing, 5000, 1, 15, 16),
        ["503 above 5"] = (Parallel with { Refuses = 5 }, 5000, 1, 4, 5),
        ["503 above 100"] = (Parallel with { Cores = 200, Refuses = 100 }, 5000, 1, 80, 100),
        ["10 at once, slow"] = (new ModelledServer(10, Milliseconds(200)), 5000, 1, 8, 64),
    };

    public static TheoryData<string, double, int> Cases =>
        [.. from server in Servers.Keys from spread in Spreads from seed in Enumerable.Range(1, 3) select (server, spread, seed)];

    [Theory, MemberData(nameof(Cases))]
    public void Server_IsUsedAsWellAsByTheBestFixedNumber(string name, double spread, int seed)
    {
        var (server, records, most, fewest, highest) = Servers[name];
        server = server with { Spread = spread };
        var best = FixedNumbers.Max(n =>
        {
            var load = new ModelledLoad(new FixedLimit(n), server, records, most, seed);
            load.Run(1);
            return load.Measure(Measured);
        });
        var limit = new AdaptiveLimit();
        var found = new ModelledLoad(limit, server, records, most, seed);
        found.Run(WarmUp);

        var (calls, pushedBack) = (found.Calls, found.PushedBack);
        Assert.InRange(found.Measure(Measured) / best, 0.9, double.MaxValue);
        Assert.InRange(limit.Kept, fewest, highest);
        Assert.InRange(found.PushedBack - pushedBack, 0, (found.Calls - calls) / 50);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void NoisyMachine_CostsLittle(int seed)
    {
        // Times that differ by half, and a machine that stands still once a second.
        var server = Parallel with { Spread = 0.5, Pauses = 1 };
        var best = new ModelledLoad(new FixedLimit(64), server, seed: seed).Measure(Measured);
        var found = new ModelledLoad(new AdaptiveLimit(), server, seed: seed);
        found.Run(WarmUp);

        Assert.InRange(found.Measure(Measured) / best, 0.85, double.MaxValue);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void ServerBecomesAnother_IsFollowed(int seed)
    {
        var limit = new AdaptiveLimit();
        var load = new ModelledLoad(limit, Parallel with { Spread = 0.2, Then = (TimeSpan.FromSeconds(30), OneCore with { Spread = 0.2, Then = null }) }, seed: seed);
        load.Run(30);
        Assert.InRange(limit.Kept, 48, 160);

        load.Run(120);
        Assert.InRange(limit.Kept, 1, 16);
    }

    [Fact]
    public void CapacityReturns_IsUsedAgain()
    {
        var limit = new AdaptiveLimit();
        var load = new ModelledLoad(limit, Parallel with { Refuses = 4, Then = (TimeSpan.FromSeconds(60), Parallel) });
        load.Run(60);
        Assert.InRange(limit.Kept, 3, 4);

        load.Run(120);
        Assert.InRange(limit.Kept, 48, 160);
    }

    [Fact]
    public void DemandIsLessThanTheLimit_LimitStays()
    {
        var limit = new AdaptiveLimit();
        new ModelledLoad(limit, Parallel, records: 5).Run(60);

        Assert.Equal(16, limit.Kept);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void FewCallsArePushedBack_HoweverManyThereAre_LowersNothing(int seed)
    {
        var limit = new AdaptiveLimit();
        new ModelledLoad(limit, Parallel with { PushesBack = 0.01 }, seed: seed).Run(60);

        Assert.InRange(limit.Kept, 40, 160);
    }

    [Fact]
    public void AllCallsAreStuck_OthersMayGoBeside()
    {
        var limit = new AdaptiveLimit();
        var load = new ModelledLoad(limit, OneCore with { Then = (TimeSpan.FromSeconds(30), OneCore with { Hangs = true }) });
        load.Run(30);
        Assert.InRange(limit.Kept, 1, 4);

        load.Run(10);
        Assert.Equal(64, limit.Kept);
    }

    [Fact]
    public void NothingIsKnownOfTheServer_WaitingRaisesNothing()
    {
        var limit = new AdaptiveLimit();
        new ModelledLoad(limit, OneCore with { Hangs = true }).Run(10);

        Assert.Equal(16, limit.Kept);
    }

    [Fact]
    public void DeadlinesOfMostCallsPass_LimitIsHalved()
    {
        var limit = new AdaptiveLimit();
        for (var i = 0; i < 16; i++) limit.Ended(TimeSpan.FromSeconds(60), new CallEnd(CallFate.TimedOut, 0, TimeSpan.FromSeconds(60)), 15, isWaitedFor: true);

        Assert.Equal(8, limit.Kept);
    }

    [Fact]
    public void ConnectionsBreak_NothingFollowsFromIt()
    {
        var limit = new AdaptiveLimit();
        for (var i = 0; i < 1000; i++) limit.Ended(TimeSpan.FromMilliseconds(i), default, 15, isWaitedFor: true);

        Assert.Equal((16, 16), (limit.Kept, limit.Limit));
    }

    private static TimeSpan Milliseconds(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
