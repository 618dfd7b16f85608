using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>Logs what librdkafka reports: each kind of error once, and again only after half a minute.</summary>
internal sealed class RateLimitedErrors(string broker, Action<ILogger, string, string> line, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ErrorCode, long> _said = new();

    public void Report(Error error)
    {
        // A single connection that fails is librdkafka's business as long as another broker can be reached.
        if (error.Code is ErrorCode.Local_Transport or ErrorCode.Local_Resolve or ErrorCode.Local_TimedOut) return;
        var now = time.GetTimestamp();
        if (_said.TryGetValue(error.Code, out var before) && time.GetElapsedTime(before, now) < Interval) return;
        _said[error.Code] = now;
        if (error.Code == ErrorCode.Local_AllBrokersDown) Log.WaitingForKafka(logger, broker, "no broker can be reached");
        else line(logger, error.Reason, error.Code.ToString());
    }
}
