using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.TriggerLoop;

// The app under the trigger loop, as a process of its own: it ends on SIGTERM, or is killed. Each line of its output is a batch.
var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
var stopped = new TaskCompletionSource();
using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stopped.TrySetResult();
});
AppInstance app;
try
{
    app = new AppInstance(configuration, NullLoggerFactory.Instance);
}
catch (InvalidDataException refused)
{
    Console.Error.WriteLine(refused.Message);
    return 2;
}
await using (app)
{
    await using var loop = new KafkaTriggerLoop(new TriggerOptions(configuration), app.Function.RunAsync,
        i => Console.WriteLine($"{(i.HasSucceeded is null ? "begin" : i.HasSucceeded == true ? "done" : "failed")} {i}"));
    await stopped.Task;
}
return 0;
