namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>The password stops to be right while the host runs, as one does that expires, and is right again later.</summary>
internal sealed class CredentialsFault() : FaultRow("credentials", "the credentials expire, and are valid again later")
{
    private const string User = "alice";
    private const string Password = "alice-secret";
    private const int Instances = 2;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        // A client has to show its credentials every few seconds.
        await using var broker = await KafkaBroker.StartAsync(scene.Home, 1, "connections.max.reauth.ms=4000");
        using var kafka = new KafkaTopics(broker.Plaintext);
        await using var run = new FaultRun(this, scene.On(kafka), null,
            ("KAFKA_BROKER", broker.SaslPlaintext), ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT"),
            ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"), ("KAFKA_SASL_USERNAME", User), ("KAFKA_SASL_PASSWORD", Password));
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync(Instances);
        run.StartLoad();
        for (var expiry = 1; expiry <= scene.Scale.Repeats; expiry++)
        {
            await run.UntilAllMoveAsync();
            run.Say($"expiry {expiry} of {scene.Scale.Repeats}");
            await kafka.SetPasswordAsync(User, "another-secret");
            run.MayRepeat(Instances);
            await run.Fleet.UntilAnyPrintedAsync("authentication");
            await FaultRun.PauseAsync(scene.Scale.Silence);
            await kafka.SetPasswordAsync(User, Password);
            await run.UntilAllMoveAsync();
        }
        return await run.FinishAsync();
    }
}
