namespace Seldon.Functions.Tests.Keda;

/// <summary>What the checks are for: each mistake is found, and said with its file and its key.</summary>
public sealed class BrokenManifestTests : IDisposable
{
    private const string Scaling = "keda/base/scaled-object.yaml";
    private const string Config = "keda/base/kustomization.yaml";

    private readonly Sources _sources = new();

    public void Dispose() => _sources.Dispose();

    [Theory]
    [InlineData(Scaling, "lagThreshold:", "lagTreshold:", "lagTreshold is not a key that is known here")]
    [InlineData(Scaling, "lagThreshold: \"1000\"", "lagThreshold: \"0\"", "lagThreshold is 0: KEDA refuses it")]
    [InlineData(Scaling, "lagThreshold: \"1000\"", "lagThreshold: 1000", "lagThreshold is 1000, not of type string")]
    [InlineData(Scaling, "lagThreshold: \"1000\"", "lagThreshold: \"999\"", "lagThreshold is 999, less than a batch of 1000 records")]
    [InlineData(Scaling, "partitions: \"12\"", "partitions: \"0\"", "metadata.annotations.seldon-functions/partitions is 0: a topic has one at least")]
    [InlineData(Scaling, "partitions: \"12\"", "partitions: \"11\"", "spec.maxReplicaCount is 12, and there are 11 partitions")]
    [InlineData(Scaling, "minReplicaCount: 0", "minReplicaCount: 13", "spec.maxReplicaCount is 12, below minReplicaCount, 13")]
    [InlineData(Scaling, "maxReplicaCount: 12", "maxReplicaCount: 13", "spec.maxReplicaCount is 13, and there are 12 partitions")]
    [InlineData(Scaling, "minReplicaCount: 0", "minReplicaCount: -1", "spec.minReplicaCount is -1: minimum is 0")]
    [InlineData(Scaling, "maxReplicaCount: 12", "maxReplicaCount: 0", "spec.maxReplicaCount is 0: nothing would run")]
    [InlineData(Scaling, "ensureEvenDistributionOfPartitions: \"true\"", "ensureEvenDistributionOfPartitions: \"false\"", "ensureEvenDistributionOfPartitions is not 'true': 11 instances would never become 12")]
    [InlineData(Scaling, "partitions: \"12\"", "partitions: \"some\"", "metadata.annotations.seldon-functions/partitions is no number: a topic has one at least")]
    [InlineData(Scaling, "lagThreshold: \"1000\"", "lagThreshold: \"many\"", "lagThreshold is no number: KEDA refuses it")]
    [InlineData(Scaling, "scaleDown:", "scaleDown:\n          tolerence: 500m", "scaleDown.tolerence is not a key that is known here")]
    [InlineData(Scaling, "scaleDown:", "scaleDown:\n          tolerance: \"0.97\"", "scaleDown.tolerance is '0.97', which the API server stores as '970m'")]
    [InlineData(Scaling, "scaleUp:", "scaleUp:\n          tolerance: 1000m", "scaleUp.tolerance is '1000m', which the API server stores as '1'")]
    [InlineData("keda/base/deployment.yaml", "memory: 1Gi", "memory: 1024Mi", "resources.limits.memory is '1024Mi', which the API server stores as '1Gi'")]
    [InlineData("keda/base/deployment.yaml", "cpu: \"1\"", "cpu: 1000m", "resources.requests.cpu is '1000m', which the API server stores as '1'")]
    [InlineData("keda/base/deployment.yaml", "sizeLimit: 256Mi", "sizeLimit: 0.25Gi", "emptyDir.sizeLimit is '0.25Gi', which the API server stores as '256Mi'")]
    [InlineData(Scaling, "        configMap: seldon-functions\n", "", "metadata.configMap is not there")]
    [InlineData(Scaling, "configMap: seldon-functions", "configMap: settings", "metadata.configMap needs a ConfigMap 'settings'")]
    [InlineData(Config, "KAFKA_BROKER=kafka.seldon.svc:9093", "KAFKA_BROKER=b.kafka.svc:9093,kafka:9093", "KAFKA_BROKER has 'kafka:9093', a name without namespace or domain")]
    [InlineData(Scaling, "offsetResetPolicy: earliest", "offsetResetPolicy: latest", "offsetResetPolicy is 'latest', and the hosts begin at 'earliest'")]
    [InlineData(Scaling, "scaleToZeroOnInvalidOffset: \"false\"", "scaleToZeroOnInvalidOffset: \"true\"", "scaleToZeroOnInvalidOffset is 'true': a new group would never start from zero")]
    [InlineData(Scaling, "consumerGroupFromEnv: KAFKA_CONSUMER_GROUP", "consumerGroup: requests", "consumerGroup says 'requests', and the processor 'seldon-functions.requests'")]
    [InlineData(Scaling, "topicFromEnv: KAFKA_INPUT_TOPIC", "topicFromEnv: KAFKA_TOPIC", "topicFromEnv says '', and the processor 'requests'")]
    [InlineData(Scaling, "bootstrapServersFromEnv: KAFKA_BROKER", "bootstrapServers: kafka:9092", "bootstrapServers says 'kafka:9092', and the processor 'kafka.seldon.svc:9093'")]
    [InlineData(Scaling, "sasl: plaintext", "sasl: scram_sha256", "sasl is 'scram_sha256', and the processor has SASL_SSL with PLAIN: 'plaintext'")]
    [InlineData(Scaling, "tls: enable", "tls: disable", "tls is 'disable', and the processor has SASL_SSL: 'enable'")]
    [InlineData(Scaling, "envSourceContainerName: seldon-functions", "envSourceContainerName: worker", "spec.scaleTargetRef.envSourceContainerName needs such a container")]
    [InlineData(Scaling, "cooldownPeriod: 1800", "coolDownPeriod: 1800", "spec.coolDownPeriod is not a key that is known here")]
    [InlineData("keda/base/trigger-authentication.yaml", "key: password", "key: secret", "spec.secretTargetRef.password needs a Secret 'seldon-functions-kafka' with 'secret'")]
    [InlineData("keda/base/deployment.yaml", "key: username", "key: user", "env.KAFKA_SASL_USERNAME.valueFrom.secretKeyRef needs a Secret 'seldon-functions-kafka' with 'user'")]
    [InlineData("keda/base/deployment.yaml", "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 10", "terminationGracePeriodSeconds is 10; the process may take 10 s to stop")]
    [InlineData("keda/base/deployment.yaml", "revisionHistoryLimit", "revisionHistoryLimt", "spec.revisionHistoryLimt is not a key that is known here")]
    [InlineData("keda/base/deployment.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "securityContext.readOnlyRootFilesystem is false, not one of [true]")]
    [InlineData("keda/base/pod-disruption-budget.yaml", "app.kubernetes.io/name", "app.kubernetes.io/instance", "spec.selector.matchLabels are not the labels of the pods")]
    [InlineData("keda/base/deployment.yaml", "whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfiable: DoNotSchedule", "whenUnsatisfiable is \"DoNotSchedule\", not one of")]
    [InlineData("keda/base/deployment.yaml", "              app.kubernetes.io/name: seldon-functions", "              app.kubernetes.io/part-of: seldon-functions", "labelSelector.matchLabels are not the labels of the pods")]
    [InlineData("keda/base/deployment.yaml", "serviceAccountName: seldon-functions", "serviceAccountName: default", "serviceAccountName needs a ServiceAccount 'default'")]
    [InlineData("keda/base/deployment.yaml", "configMapRef:\n                name: seldon-functions", "configMapRef:\n                name: settings", "envFrom[0].configMapRef.name needs a ConfigMap 'settings'")]
    [InlineData(Config, "KAFKA_CONSUMER_GROUP=seldon-functions.requests", "KAFKA_CONSUMER_GROUP=mine", "KAFKA_CONSUMER_GROUP is 'mine', and the default of these settings 'seldon-functions.requests'")]
    [InlineData(Config, "SELDON_PROTOCOL=tensorflow", "SELDON_PROTOCOL=tensor", "SELDON_PROTOCOL is refused by the processor")]
    public void MistakeInBase_IsSaidWithFileAndKey(string file, string from, string to, string expected)
    {
        _sources.Edit(file, from, to);

        AssertSaid("keda/base", file, expected);
    }

    [Theory]
    [InlineData("scram", "keda/overlays/scram/kustomization.yaml", "value: scram_sha512", "value: plaintext", "sasl is 'plaintext', and the processor has SASL_SSL with SCRAM-SHA-512: 'scram_sha512'")]
    [InlineData("standalone", "keda/overlays/standalone/deployment.yaml", "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds: 25", "terminationGracePeriodSeconds is 25; the process may take 25 s to stop")]
    [InlineData("standalone", "keda/overlays/standalone/deployment.yaml", "maxUnavailable: 1", "maxUnavailable: 0", "spec.strategy.rollingUpdate.maxUnavailable lets no instance go first")]
    [InlineData("standalone", "keda/overlays/standalone/kustomization.yaml", "SELDON_HTTP_PORT=8080", "SELDON_HTTP_PORT=9090", "SELDON_HTTP_PORT is 9090, and the container has no such port")]
    [InlineData("mtls", "keda/overlays/mtls/deployment.yaml", "secretName: seldon-functions-kafka", "secretName: certificates", "volumes.secret.secretName needs a Secret 'certificates' with ca.crt")]
    [InlineData("mtls", "keda/overlays/mtls/kustomization.yaml", "/etc/kafka/tls.key", "/etc/kafka/client.key", "KAFKA_SSL_CLIENT_KEY_FILE is refused by the processor")]
    [InlineData("mtls", "keda/overlays/mtls/trigger-authentication.yaml", "key: ca.crt", "key: ca.pem", "spec.secretTargetRef.ca needs a Secret 'seldon-functions-kafka' with 'ca.pem'")]
    public void MistakeInOverlay_IsSaidWithFileAndKey(string overlay, string file, string from, string to, string expected)
    {
        _sources.Edit(file, from, to);

        AssertSaid($"keda/overlays/{overlay}", file, expected);
    }

    /// <summary>What the two are to be told is in the file of the other.</summary>
    [Theory]
    [InlineData("\"maxBatchSize\": 1000", "\"maxBatchSize\": 2000", "lagThreshold is 1000, less than a batch of 2000 records")]
    [InlineData("\"autoOffsetReset\": \"Earliest\"", "\"autoOffsetReset\": \"Latest\"", "offsetResetPolicy is 'earliest', and the hosts begin at 'latest'")]
    public void HostThatIsToldSomethingElse_IsSaid(string from, string to, string expected)
    {
        _sources.Edit("host.json", from, to);

        AssertSaid("keda/base", Scaling, expected);
    }

    [Fact]
    public void OverlayWithoutCredentials_IsSaidForTheProcessorAndForKeda()
    {
        _sources.Delete("keda/base/secret.sample.yaml");

        AssertSaid("keda/overlays/scram", "keda/base/trigger-authentication.yaml", "spec.secretTargetRef.username needs a Secret 'seldon-functions-kafka' with 'username'");
        AssertSaid("keda/overlays/scram", "keda/overlays/scram/kustomization.yaml", "KAFKA_SASL_PASSWORD is refused by the processor");
    }

    [Theory]
    [InlineData("secret.sample.yaml", "  ca.crt: sample\n", "", "Deployment volumes.secret.secretName needs a Secret 'seldon-functions-kafka' with ca.crt")]
    [InlineData("secret.sample.yaml", "  ca.crt: sample\n", "", "TriggerAuthentication spec.secretTargetRef.ca needs a Secret 'seldon-functions-kafka' with 'ca.crt'")]
    [InlineData("secret.sample.yaml", "  ca.crt: sample\n", "", "KAFKA_SSL_CA_CERT_FILE is refused by the processor")]
    [InlineData("kustomization.yaml", "key: ca.crt", "key: ca.pem", "TriggerAuthentication spec.secretTargetRef.ca needs a Secret 'seldon-functions-kafka' with 'ca.pem'")]
    [InlineData("deployment.yaml", "path: ca.crt", "path: ca.pem", "KAFKA_SSL_CA_CERT_FILE is refused by the processor")]
    [InlineData("kustomization.yaml", "parameter: ca\n", "parameter: cert\n", "authenticationRef gives KEDA [cert, password, username], and the processor needs [ca, password, username]")]
    public void AuthorityThatOnlyOneOfThemHas_IsSaid(string file, string from, string to, string expected)
    {
        _sources.Write("keda/overlays/mine/kustomization.yaml", "kind: Kustomization\nresources:\n  - ../scram\ncomponents:\n  - ../../components/private-ca\n");
        _sources.Edit($"keda/components/private-ca/{file}", from, to);

        Assert.Contains(Problem.AllIn(_sources, "keda/overlays/mine"), p => p.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void OverlayWhoseScalerHasNoCredentials_IsSaid()
    {
        _sources.Edit(Scaling, "      authenticationRef:\n        name: seldon-functions\n", "");

        AssertSaid("keda/base", Scaling, "authenticationRef gives KEDA [], and the processor needs [password, username]");
    }

    [Fact]
    public void NameThatIsTooLongForItsHpa_IsSaid()
    {
        _sources.Write("keda/overlays/long/kustomization.yaml", $"kind: Kustomization\nresources:\n  - ../../base\nnamePrefix: {new string('a', 40)}-\n");

        AssertSaid("keda/overlays/long", Scaling, "with keda-hpa- before it, it has more than 63 characters");
    }

    [Theory, InlineData("a: 1\na: 2\n"), InlineData("a: yes\n"), InlineData("- a\n"), InlineData("a: [\n")]
    public void YamlThatReadersMayTakeDifferently_IsRefused(string text) => Assert.ThrowsAny<YamlDotNet.Core.YamlException>(() => StrictYaml.Parse(text));

    private void AssertSaid(string folder, string file, string expected) => Assert.Contains(
        Problem.AllIn(_sources, folder), p => p.StartsWith($"{file} (in {folder}): ", StringComparison.Ordinal) && p.Contains(expected, StringComparison.Ordinal));
}
