using BenchmarkDotNet.Running;
using Seldon.Functions.Benchmarks;
using Seldon.Functions.Benchmarks.Scaling;

if (args is ["throughput", .. var rest]) return await Throughput.RunAsync(rest);
if (args is ["deliveries", .. var restOfDeliveries]) return await Deliveries.RunAsync(restOfDeliveries);
if (args is ["latency", .. var restOfLatency]) return await Latency.RunAsync(restOfLatency);
if (args is ["faults", .. var restOfFaults]) return await Faults.RunAsync(restOfFaults);
if (args is ["merging", .. var restOfMerging]) return await Merging.RunAsync(restOfMerging);
if (args is ["auto", .. var restOfAuto]) return await Auto.RunAsync(restOfAuto);
if (args is ["function", .. var restOfFunction]) return await FunctionThroughput.RunAsync(restOfFunction);
if (args is ["start", .. var restOfStart]) return await WorkerStart.RunAsync(restOfStart);
if (args is ["host-start", .. var restOfHostStart]) return await HostStart.RunAsync(restOfHostStart);
if (args is ["scaling", .. var options]) return ScalingCommand.Run(options);
BenchmarkSwitcher.FromAssembly(typeof(Throughput).Assembly).Run(args);
return 0;
