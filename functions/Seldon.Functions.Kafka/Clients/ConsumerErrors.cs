using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Seldon.Functions.Kafka.Clients;

/// <summary>What the consumer's client reports: said calmly; and remembered when it is fatal, for the client does nothing any more then.</summary>
internal sealed class ConsumerErrors(string broker, TimeProvider time, ILogger logger)
{
    private readonly RateLimitedErrors _calm = new(broker, Log.ConsumerError, time, logger);
    private volatile bool _isFatal;

    /// <summary>Whether the client has failed for good.</summary>
    public bool IsFatal => _isFatal;

    public void Report(Error error)
    {
        if (!error.IsFatal && error.Code != ErrorCode.Local_Fatal)
        {
            _calm.Report(error);
            return;
        }
        if (_isFatal) return;
        _isFatal = true;
        Log.Rebuilding(logger, error.Reason, error.Code.ToString());
    }

    /// <summary>Does it, unless the client refuses, which is reported.</summary>
    public bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (KafkaException refused)
        {
            Report(refused.Error);
            return false;
        }
    }
}
