using Microsoft.Extensions.Diagnostics.HealthChecks;
using Seldon.Functions.Kafka.Consuming;

namespace Seldon.Functions.Standalone.Hosting;

/// <summary>Healthy while the Kafka poll loop is alive.</summary>
internal sealed class PollLoopCheck(StreamStatus status) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(status.IsTurning ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the Kafka poll loop has not run for a minute"));
}

/// <summary>Healthy while this member has been given its partitions and a broker answers; a model that is unavailable changes nothing.</summary>
internal sealed class ConsumerGroupCheck(StreamStatus status) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(status.NotReady is { } why ? HealthCheckResult.Unhealthy(why) : HealthCheckResult.Healthy());
}
