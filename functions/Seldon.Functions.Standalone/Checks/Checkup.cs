using System.Runtime.CompilerServices;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Inspection;
using Seldon.Functions.Records;
using Seldon.Functions.Standalone.OpenProtocols;

namespace Seldon.Functions.Standalone.Checks;

/// <summary>Which records are looked at besides.</summary>
/// <param name="File">A record from a file; null for none.</param>
/// <param name="Sample">How many of the last records of the input topics.</param>
/// <param name="Infers">Whether the model is asked.</param>
internal sealed record RecordsToCheck((string Name, Record Record)? File, int Sample, bool Infers);

/// <summary>All that can be known before records flow, in the order in which one thing rests on another. Joins no group and writes nothing.</summary>
/// <param name="open">Routes whose servers do not say which protocol they speak.</param>
internal sealed class Checkup(ProcessorSettings settings, IReadOnlyList<OpenRoute> open, RecordsToCheck records, TimeProvider time)
{
    public async IAsyncEnumerable<Finding> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var routes = settings.Engine.Routes;
        yield return Finding.Ok("settings", $"{routes.Count} {(routes.Count == 1 ? "route" : "routes")}: {string.Join("; ", routes.Select(r => $"{r.Name} ({(r.OpenProtocol is null ? r.Protocol : "protocol unknown")}, {Describe(r)})"))}");
        foreach (var warning in settings.Warnings) yield return Finding.Warning("settings", warning);
        if (File.Exists(HostFileCheck.Name))
        {
            foreach (var finding in HostFileCheck.Run(await File.ReadAllTextAsync(HostFileCheck.Name, cancellationToken).ConfigureAwait(false))) yield return finding;
        }

        using var cluster = new ClusterView(settings.Kafka, time);
        var brokers = await new BrokerCheck(settings.Kafka, cluster).RunAsync(cancellationToken).ConfigureAwait(false);
        foreach (var finding in brokers) yield return finding;
        var isConnected = brokers.Any(f => f.Level == Level.Ok);
        if (isConnected)
        {
            await foreach (var finding in new TopicCheck(settings.Kafka, cluster).RunAsync().ConfigureAwait(false)) yield return finding;
        }
        foreach (var route in open) yield return Finding.Failure($"model {route.Route.Name}", $"{route.Setting} is not set, and {route.Why}.", route.Fix);
        await foreach (var finding in new ModelCheck(settings.Engine, time).RunAsync(cancellationToken).ConfigureAwait(false)) yield return finding;

        // What a record is depends on the protocol.
        if (open.Count > 0) yield break;
        var check = new RecordCheck(settings.Engine, records.Infers, time);
        await using var _ = check.ConfigureAwait(false);
        if (records.File is var (name, record)) yield return await check.OfAsync(name, record, cancellationToken).ConfigureAwait(false);
        if (records.Sample == 0 || !isConnected) yield break;
        var sample = await Task.Run(ReadSample, cancellationToken).ConfigureAwait(false);
        if (sample.Count == 0) yield return Finding.Warning("sample", "there are no records on the input topics");
        foreach (var one in sample) yield return await check.OfAsync($"{one.Topic}/{one.Partition}/{one.Offset}", one, cancellationToken).ConfigureAwait(false);

        IReadOnlyList<Record> ReadSample()
        {
            using var tail = new TopicTail(settings.Kafka, settings.Kafka.InputTopics, time);
            return tail.ReadLast(records.Sample, _ => true, null, cancellationToken);
        }
    }

    private static string Describe(Options.RouteOptions route) => route.Graph is not null ? "a graph" : (route.RestUrl, route.GrpcUrl, route.Transport) switch
    {
        (_, null, _) or (_, _, Options.Transport.Rest) => "REST",
        (null, _, _) or (_, _, Options.Transport.Grpc) => "gRPC",
        _ => "REST and gRPC",
    };
}
