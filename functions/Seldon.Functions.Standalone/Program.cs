using System.CommandLine;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Commands;

// Seldon's operator starts its executor with flags alone, and this image may stand in for it.
if (ExecutorFlags.Are(args)) return await RunCommand.RunAsync(new ExecutorFlags(args));

var root = new RootCommand("Answers prediction requests on a Kafka topic with the model behind REST or gRPC, in order and without loss.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
    SettingsCommand.Create(),
    GraphCommand.Create(),
    SendCommand.Create(),
    PeekCommand.Create(),
    DemoCommand.Create(),
    ModelCommand.Create(),
    RedriveCommand.Create(),
    BenchCommand.Create(),
};
SettingsHelp.AddTo(root);
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0) return Mistakes.Show(parsed);
// The commands end themselves, in order, on SIGTERM and Ctrl+C.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
