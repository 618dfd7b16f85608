using System.CommandLine;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Commands;

// Seldon's operator starts its executor with flags alone, and this image may stand in for it.
if (ExecutorFlags.Are(args)) return await RunCommand.RunAsync(new ExecutorFlags(args));

var parsed = CommandLine.Create().Parse(args);
if (parsed.Errors.Count > 0) return Mistakes.Show(parsed);
// The commands end themselves, in order, on SIGTERM and Ctrl+C.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
