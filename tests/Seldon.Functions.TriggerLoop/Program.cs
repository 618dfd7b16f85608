using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.TriggerLoop;

// The Functions host as a process of its own, with the app's worker under it: it ends on SIGTERM, or is killed. Each line of its output is
// a batch, or a worker.
var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
var stopped = new TaskCompletionSource();
using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stopped.TrySetResult();
});
var settings = configuration.AsEnumerable().Where(s => AppUnderTest.IsSetting(s.Key)).ToDictionary(s => s.Key, s => s.Value);
await using var host = await FunctionsHost.StartAsync(settings, NullLoggerFactory.Instance);
Console.WriteLine($"worker {host.Worker.Id}");
await using var loop = new KafkaTriggerLoop(new TriggerOptions(configuration), host.InvokeAsync,
    i => Console.WriteLine($"{(i.HasSucceeded is null ? "begin" : i.HasSucceeded == true ? "done" : "failed")} {i}"));
await stopped.Task;
if (configuration["FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING"] == "true") await loop.DrainAsync();
await loop.DisposeAsync();
return 0;
