namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The host's user may not write to the topics for results and dead letters at first.</summary>
internal sealed class AccessFault() : FaultRow("acl", "writing results and dead letters is denied by ACL, and then granted")
{
    /// <summary>Whoever comes by plaintext may do all; everybody may do what no ACL forbids.</summary>
    public const string Authorizer =
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer super.users=User:ANONYMOUS allow.everyone.if.no.acl.found=true";

    /// <summary>The settings of a host whose rights can be denied.</summary>
    public static (string Name, string Value)[] AsAlice(KafkaBroker broker) =>
    [
        ("KAFKA_BROKER", broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"), ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"),
        ("KAFKA_SASL_USERNAME", "alice"), ("KAFKA_SASL_PASSWORD", "alice-secret"),
    ];

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var broker = await KafkaBroker.StartAsync(scene.Home, 1, Authorizer);
        using var kafka = new KafkaTopics(broker.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka), null, AsAlice(broker));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync(2);
        run.StartLoad();
        await run.UntilAllMoveAsync();
        for (var denial = 1; denial <= scene.Scale.Repeats; denial++)
        {
            run.Say($"denial {denial} of {scene.Scale.Repeats}");
            await kafka.DenyWritesAsync("alice", run.Pipeline.Output, run.Pipeline.Errors);
            await run.Fleet.UntilAnyPrintedAsync("accepts no records");
            await FaultRun.PauseAsync(scene.Scale.Silence);
            await kafka.GrantWritesAsync("alice", run.Pipeline.Output, run.Pipeline.Errors);
            await run.UntilAllMoveAsync();
        }
        return await run.FinishAsync();
    }
}
