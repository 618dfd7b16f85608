namespace Seldon.Functions.Tests.Kafka;

/// <summary>Models that take their time.</summary>
internal static class Latency
{
    /// <summary>Answers after between nothing and this; the times are the same in every run.</summary>
    public static Func<Call, Reaction> UpTo(int milliseconds, int seed = 1)
    {
        var random = new Random(seed);
        return _ =>
        {
            int wait;
            lock (random) wait = random.Next(milliseconds + 1);
            return async (context, call) =>
            {
                if (wait > 0) await Task.Delay(TimeSpan.FromMilliseconds(wait), TimeProvider.System, context.RequestAborted);
                await Reactions.Digest(context, call);
            };
        };
    }

    /// <summary>Holds back the calls that this is true of until they are released; the others are answered at once.</summary>
    public static Func<Call, Reaction> HoldBack(Func<Call, bool> isHeld, Task released)
    {
        var held = Reactions.HangUntil(released);
        return call => isHeld(call) ? held : Reactions.Digest;
    }
}
