using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka.Clients;
using Seldon.Functions.Kafka.Publishing;

namespace Seldon.Functions.Kafka.Consuming;

/// <summary>
/// Ends the transactions of members that have died. Such a transaction holds back the readers of its results and the next owner of its partitions until the
/// broker ends it, after seconds; a producer that begins with the same transactional id ends it at once.
/// </summary>
/// <remarks>
/// An instance's transactional id is its consumer's client.id, too, so that the members of a group know each other's. When one has gone, one of those that are left acts. If it
/// lives, and was only expelled from the group, it could not have committed: it makes new clients.
/// </remarks>
internal sealed class FormerMembers(KafkaOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string _own = options.Transactions!.Id;
    private readonly RateLimitedErrors _errors = new(options.Broker, Log.ProducerError, time, logger);

    public async Task RunAsync(CancellationToken stop)
    {
        var admin = new AdminClientBuilder(ClientConfigs.Admin(options))
            .SetErrorHandler((_, error) => _errors.Report(error))
            .SetLogHandler((_, line) => Log.Native(logger, line.Facility, line.Message))
            .Build();
        try
        {
            HashSet<string> known = [];
            while (true)
            {
                var present = await AskAsync(admin).ConfigureAwait(false);
                if (present.Contains(_own))
                {
                    if (IsFirst(present, known))
                    {
                        foreach (var gone in known.Except(present)) await EndAsync(gone).ConfigureAwait(false);
                    }
                    known = present;
                }
                else
                {
                    // The group has not taken this member in yet, or has expelled it: who is missing may be there all the same.
                    known.UnionWith(present);
                }
                await Task.Delay(Interval, time, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            ClientDisposal.Dispose(admin);
        }
    }

    /// <summary>Whether this is the one to act: the first by name of those that were there before. A new member may not know who has gone.</summary>
    private bool IsFirst(HashSet<string> present, HashSet<string> known) => present.Intersect(known).Append(_own).Min(StringComparer.Ordinal) == _own;

    /// <summary>The transactional ids of the group's members; empty if no broker answers.</summary>
    private async Task<HashSet<string>> AskAsync(IAdminClient admin)
    {
        try
        {
            var groups = await admin.DescribeConsumerGroupsAsync([options.Group]).ConfigureAwait(false);
            return [.. groups.ConsumerGroupDescriptions[0].Members.Select(m => m.ClientId).Where(id => TransactionOptions.IsNewId(id, options.Group))];
        }
        catch (KafkaException)
        {
            return [];
        }
    }

    private async Task EndAsync(string id)
    {
        var client = new TransactionalClient(options with { Transactions = options.Transactions! with { Id = id } }, _errors, (_, _) => { }, time, logger);
        await using (client.ConfigureAwait(false))
        {
            if (await Task.Run(client.Init).ConfigureAwait(false) is { } failure) Log.TransactionNotEnded(logger, id, failure.Error.Reason, failure.Error.Code.ToString());
            else Log.TransactionEnded(logger, id);
        }
    }
}
