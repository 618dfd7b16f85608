using System.Text;
using System.Text.Json.Nodes;
using Seldon.Functions.Options;
using Seldon.Functions.Records;
using Seldon.Functions.Tests.Graphs;
using Seldon.Functions.Tests.Kafka;
using Seldon.Functions.Tests.SeldonDeployments;

namespace Seldon.Functions.Tests.Standalone;

/// <summary>A SeldonDeployment with a graph, from topic to topic, in the executable: each record once, in order, with its way told.</summary>
public class GraphHostTests
{
    private const int Count = 60;
    private const int Partitions = 4;

    private const string Manifest = """
        apiVersion: machinelearning.seldon.io/v1
        kind: SeldonDeployment
        metadata: {name: ensemble}
        spec:
          protocol: seldon
          transport: TRANSPORT
          serverType: kafka
          predictors:
          - name: main
            componentSpecs:
            - spec: {containers: [{name: n0}, {name: n1}, {name: n2}, {name: n3}, {name: n4}]}
            svcOrchSpec:
              env:
              - {name: KAFKA_BROKER, value: ADDRESS}
              - {name: KAFKA_INPUT_TOPIC, value: in}
              - {name: KAFKA_OUTPUT_TOPIC, value: out}
              - {name: SELDON_ENABLE_ROUTING_INJECTION, value: "true"}
            graph:
              name: n0
              type: TRANSFORMER
              children:
              - name: n1
                type: ROUTER
                children:
                - name: n2
                  type: COMBINER
                  children:
                  - {name: n3, type: MODEL}
                  - {name: n4, type: OUTPUT_TRANSFORMER}
                - {name: n5, implementation: SIMPLE_MODEL}
        """;

    [Theory, InlineData("seldon REST"), InlineData("seldon gRPC")]
    public async Task Manifest_RunsItsGraph(string name)
    {
        var dialect = GraphDialect.All[name];
        var isRest = dialect.Transport == Transport.Rest;
        await using var bed = await TestBed.CreateAsync(Partitions);
        await using var servers = await GraphServers.StartAsync(5);
        servers.Script((node, call) => GraphDialect.Asks(call) switch
        {
            // Every tenth record is one that a model cannot take.
            NodeMethods.Predict when dialect.Read(call, "n3").Contains("bad", StringComparison.Ordinal) => Reactions.Refuse,
            NodeMethods.Route => dialect.Route(0),
            NodeMethods.Aggregate => dialect.Answer(GraphOracle.Aggregate("n2", dialect.ReadList(call))),
            _ => dialect.Answer(GraphOracle.Pass($"n{node}", dialect.Read(call, ""))),
        });
        using var manifest = new ManifestFile(Manifest.Replace("ADDRESS", bed.Broker.BootstrapServers, StringComparison.Ordinal).Replace("TRANSPORT", isRest ? "rest" : "grpc", StringComparison.Ordinal));
        var settings = new Dictionary<string, string?>
        {
            ["SELDON_DEPLOYMENT"] = manifest.Path,
            ["KAFKA_GROUP_PROTOCOL"] = "consumer",
            ["Seldon:Kafka:Consumer:fetch.wait.max.ms"] = "5",
        };
        for (var i = 0; i < 5; i++) settings[$"Seldon:Nodes:n{i}:{(isRest ? "RestUrl" : "GrpcUrl")}"] = isRest ? servers[i].RestUrl : servers[i].GrpcUrl;
        using var host = HostProcess.Start(settings, "run");
        var inputs = Enumerable.Range(0, Count).Select(i => (Text: i % 10 == 9 ? $"bad{i}" : $"good{i}", Partition: i % Partitions))
            .Select(i => new Input(i.Partition, null, dialect.Record(i.Text).Value, [.. dialect.Record(i.Text).Headers, TestRecords.Header("x-text", i.Text)])).ToList();

        await bed.ProduceAsync(inputs);
        using var published = bed.Read();
        await published.UntilSources(Count);
        host.Terminate();

        Assert.Equal((0, ""), (await host.ExitCodeAsync(), host.Errors));
        Account.EachOnce(inputs, published);
        Account.InOrder(published);
        Assert.Equal(Count / 10, published.DeadLetters.Count());
        Assert.All(published.DeadLetters, d => Assert.StartsWith("The node 'n3' answered ", d.Record.Headers.TextOf("seldon-error-message")!, StringComparison.Ordinal));
        Assert.All(published.All.Where(p => !p.IsDeadLetter).Select(p => p.Record), r =>
        {
            var text = r.Headers.TextOf("x-text");
            Assert.Equal($"({text}>n0>n3+{text}>n0>n4)>n2", dialect.Read(new Answer("", "", r.Value!, [.. r.Headers])));
            Assert.Equal("n0", r.Headers.TextOf("seldon-model"));
            var routing = isRest
                ? JsonNode.Parse(Encoding.UTF8.GetString(r.Value!))!["meta"]!["routing"]!.AsObject().ToDictionary(w => w.Key, w => (int)w.Value!)
                : Functions.Demo.Wire.SeldonMessage.Parser.ParseFrom(r.Value).Meta.Routing.ToDictionary();
            Assert.Equal("n0=-1 n1=0 n2=-1 n3=-1", string.Join(' ', routing.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => $"{w.Key}={w.Value}")));
        });
    }
}
