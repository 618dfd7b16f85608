// Most tests wait for sockets and timers rather than for a processor.
[assembly: Xunit.v3.Parallelization(MaxThreads = 6)]
