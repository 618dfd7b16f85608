using BenchmarkDotNet.Running;
using Seldon.Functions.Benchmarks;

if (args is ["throughput", .. var rest]) return await Throughput.RunAsync(rest);
BenchmarkSwitcher.FromAssembly(typeof(Throughput).Assembly).Run(args);
return 0;
