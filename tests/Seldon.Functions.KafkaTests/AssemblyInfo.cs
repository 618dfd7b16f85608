using Seldon.Functions.KafkaTests;
using Xunit.Sdk;
using Xunit.v3;

// One broker for all tests, which mostly wait and have topics of their own: more of them than processors may run at once.
[assembly: AssemblyFixture(typeof(KafkaFixture))]
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]
