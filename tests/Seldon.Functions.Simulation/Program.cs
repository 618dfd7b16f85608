using System.Globalization;
using System.Text.Json;
using Seldon.Functions.Simulation;

// Random schedules of a server's states and of records, each through the genuine endpoint. Prints the totals as JSON; the exit code is 1 if
// a rule is broken.
if (args.Length is < 2 or > 3 || !int.TryParse(args[0], CultureInfo.InvariantCulture, out var seed) || !int.TryParse(args[1], CultureInfo.InvariantCulture, out var count))
{
    await Console.Error.WriteLineAsync("Usage: Seldon.Functions.Simulation SEED COUNT [FIRST]");
    return 2;
}
var first = args.Length == 3 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 0;
// From the main thread to the pool's only one, where everything else runs.
await Task.Yield();
var totals = new Totals();
var reports = 0;
for (var number = first; number < first + count; number++)
{
    await new ScheduleRun(Schedule.Make(seed, number), totals, Report).RunAsync(seed);
}
Console.WriteLine(JsonSerializer.Serialize(totals));
return totals is { Undecided: 0, BadAnswered: 0, Late: 0 } && totals.GoodRejected * 100_000 <= totals.Good ? 0 : 1;

void Report(string what)
{
    if (reports++ < 20) Console.Error.WriteLine(what);
}
