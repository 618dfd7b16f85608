using BenchmarkDotNet.Running;
using Seldon.Functions.Benchmarks;

if (args is ["throughput", .. var rest]) return await Throughput.RunAsync(rest);
if (args is ["function", .. var restOfFunction]) return await FunctionThroughput.RunAsync(restOfFunction);
BenchmarkSwitcher.FromAssembly(typeof(Throughput).Assembly).Run(args);
return 0;
