using Seldon.Functions.Options;
using Seldon.Functions.SeldonDeployments;
using Seldon.Functions.Settings;

namespace Seldon.Functions.Kafka;

/// <summary>Reads the Kafka settings: Seldon's names, ours, and raw librdkafka properties.</summary>
internal static class KafkaSettings
{
    /// <summary>Properties that the delivery guarantees rest on, or that a setting of its own is there for.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "bootstrap.servers", "metadata.broker.list", "group.id", "group.protocol", "enable.auto.commit", "auto.commit.enable",
        "enable.auto.offset.store", "auto.offset.reset", "isolation.level", "enable.partition.eof", "partition.assignment.strategy", "enable.idempotence", "acks",
        "request.required.acks", "message.timeout.ms", "delivery.timeout.ms", "partitioner", "transactional.id", "retries",
        "message.send.max.retries", "max.in.flight", "max.in.flight.requests.per.connection", "enable.gapless.guarantee",
        "dotnet.producer.enable.delivery.reports", "dotnet.producer.enable.background.poll",
        "security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password", "ssl.ca.pem", "ssl.ca.location",
        "ssl.certificate.pem", "ssl.certificate.location", "ssl.key.pem", "ssl.key.location", "ssl.key.password",
    };

    public static KafkaOptions Read(SettingReader reader, IReadOnlyList<RouteOptions> routes, Deployment? deployment, string[] deliveries)
    {
        var isMissing = Missing(reader, deployment);
        var broker = reader.Text("KAFKA_BROKER") ?? "";
        if (broker.Length == 0) isMissing("KAFKA_BROKER", "set it to host:port of a broker, several separated by commas");
        else BrokerList.Check(reader, "KAFKA_BROKER", broker);

        var input = reader.Text("KAFKA_INPUT_TOPIC");
        var inputs = routes.Select(r => r.InputTopic).Append(input).OfType<string>().Distinct().ToList();
        var output = ReadOutput(reader, routes, inputs, isMissing);
        var outputs = routes.Where(r => (r.OutputTopic ?? r.ErrorTopic) is not null).DistinctBy(r => r.Name).ToDictionary(
            r => r.Name, r => new OutputTopics(r.OutputTopic ?? output.Results, r.ErrorTopic ?? (r.OutputTopic is null ? output.Errors : $"{r.OutputTopic}.errors")));
        if (inputs.Count == 0) isMissing("KAFKA_INPUT_TOPIC", "set it to the topic with the requests");
        TopicNames.Check(reader, "KAFKA_INPUT_TOPIC", input);
        CheckOutput(reader, "KAFKA_OUTPUT_TOPIC", "KAFKA_ERROR_TOPIC", output, inputs);
        foreach (var (route, topics) in outputs)
            CheckOutput(reader, $"Seldon:Routes: OutputTopic of '{route}'", $"Seldon:Routes: ErrorTopic of '{route}'", topics, inputs);

        var (consumer, producer) = (ReadRaw(reader, "Seldon:Kafka:Consumer"), ReadRaw(reader, "Seldon:Kafka:Producer"));
        var delivery = reader.OneOf("KAFKA_DELIVERY", deliveries[0], deliveries);
        var group = ReadGroup(reader, deployment) ?? $"seldon-functions.{inputs.FirstOrDefault()}";
        return new KafkaOptions
        {
            Broker = broker,
            InputTopics = inputs,
            Output = output,
            RouteOutputs = outputs,
            UnroutedErrors = inputs.Where(_ => output.Errors.Length == 0).ToDictionary(t => t, t => outputs.GetValueOrDefault(RouteOf(t)?.Name ?? "")?.Errors ?? ""),
            Group = group,
            Transactions = ReadTransactions(reader, delivery == "exactly-once", group),
            ConsumerGroupProtocol = reader.OneOf("KAFKA_GROUP_PROTOCOL", "classic", "classic", "consumer") == "consumer",
            WindowRecords = reader.Number("Seldon:Window:Records", KafkaOptions.DefaultWindowRecords, 1, 1_000_000),
            WindowBytes = reader.Number("Seldon:Window:Bytes", KafkaOptions.DefaultWindowBytes, 1024, int.MaxValue),
            Security = KafkaSecuritySettings.Read(reader, [.. consumer.Concat(producer)]),
            Consumer = consumer,
            Producer = producer,
        };

        RouteOptions? RouteOf(string topic) => routes.FirstOrDefault(r => r.InputTopic == topic) ?? routes.FirstOrDefault(r => r.InputTopic is null);
    }

    /// <summary>Without security if something is wrong with it: the Kafka client, which is asked about all else, would name it again.</summary>
    public static KafkaOptions WithoutWrongSecurity(SettingReader reader, KafkaOptions kafka) =>
        reader.IsWrong("KAFKA_SECURITY_") || reader.IsWrong("KAFKA_SSL_") || reader.IsWrong("KAFKA_SASL_") ? kafka with { Security = new Dictionary<string, string>() } : kafka;

    /// <summary>Names a setting that is missing. What a manifest that cannot be read would have set is not known to be missing.</summary>
    private static Action<string, string> Missing(SettingReader reader, Deployment? deployment) => (setting, fix) =>
    {
        if (deployment is not null && reader.IsOnlyShown)
            reader.Warn($"{setting} is not set, and 'run' needs it: {fix}.");
        else if (deployment is not null)
            reader.Problem(setting, "is not set", $"{fix}, here or in svcOrchSpec.env of the predictor '{deployment.Predictor.Name}' ({deployment.Source}:{deployment.Predictor.Line})");
        else if (!reader.HasManifest)
            reader.Problem(setting, "is not set", fix);
    };

    /// <summary>That of Seldon's executor with a manifest, so that it is followed where it has got to.</summary>
    private static string? ReadGroup(SettingReader reader, Deployment? deployment)
    {
        if ((reader.Text("KAFKA_CONSUMER_GROUP") ?? deployment?.Group) is { } group) return group;
        if (deployment is { IsDeployed: true })
            reader.Problem("KAFKA_CONSUMER_GROUP", "is not set, and ENGINE_PREDICTOR does not say whose predictor it is", "set it, or SELDON_DEPLOYMENT_ID to the name of the SeldonDeployment");
        return null;
    }

    /// <summary>
    /// The topics of routes without their own. Without such routes there need be none: a record that no route takes is then the business of
    /// the route of its input topic, so that only an input topic without a route needs an error topic of its own.
    /// </summary>
    private static OutputTopics ReadOutput(SettingReader reader, IReadOnlyList<RouteOptions> routes, List<string> inputs, Action<string, string> isMissing)
    {
        var (results, errors) = (reader.Text("KAFKA_OUTPUT_TOPIC"), reader.Text("KAFKA_ERROR_TOPIC"));
        var unrouted = routes.Any(r => r.InputTopic is null) ? [] : inputs.Except(routes.Select(r => r.InputTopic)).ToList();
        if (results is null && routes.Any(r => r.OutputTopic is null))
            isMissing("KAFKA_OUTPUT_TOPIC", "set it to the topic for results");
        else if (results is null && errors is null && unrouted.Count > 0)
            reader.Problem("KAFKA_ERROR_TOPIC", $"is not set, and no route takes the records of {string.Join(", ", unrouted)}",
                "give a route this InputTopic or none, remove KAFKA_INPUT_TOPIC, or set this to the topic for the dead letters of such records");
        return new OutputTopics(results ?? "", errors ?? (results is null ? "" : $"{results}.errors"));
    }

    private static void CheckOutput(SettingReader reader, string resultsSetting, string errorsSetting, OutputTopics topics, List<string> inputs)
    {
        TopicNames.Check(reader, resultsSetting, topics.Results);
        TopicNames.Check(reader, errorsSetting, topics.Errors);
        if (inputs.Contains(topics.Results))
            reader.Problem(resultsSetting, $"is '{topics.Results}', which is read as input", "use another topic, or the results would be taken for requests");
        if (inputs.Contains(topics.Errors))
            reader.Problem(errorsSetting, $"is '{topics.Errors}', which is read as input", "use another topic, or the dead letters would be taken for requests");
        if (topics.Errors == topics.Results && topics.Errors.Length > 0)
            reader.Problem(errorsSetting, $"is '{topics.Errors}', which is also the output topic", "use another topic");
    }

    private static TransactionOptions? ReadTransactions(SettingReader reader, bool isExactlyOnce, string group)
    {
        const string id = "KAFKA_TRANSACTIONAL_ID";
        // Fencing is by the group's membership: the name need only be another one for each instance.
        var name = reader.Text(id);
        var interval = reader.Duration("Seldon:Transaction:Interval", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
        var bytes = reader.Number("Seldon:Transaction:MaxBytes", 16 * 1024 * 1024, 1024, int.MaxValue);
        if (isExactlyOnce) return new TransactionOptions(name ?? TransactionOptions.NewId(group), name is null, interval, bytes);
        if (name is not null) reader.Warn($"{id} has no effect without KAFKA_DELIVERY=exactly-once.");
        return null;
    }

    private static Dictionary<string, string> ReadRaw(SettingReader reader, string section)
    {
        var properties = new Dictionary<string, string>();
        foreach (var (key, path, value) in reader.Entries(section))
        {
            // No property has an underscore, and not every place takes a name with a dot: no shell does, nor do some Azure plans.
            var property = key.Replace('_', '.');
            if (Reserved.Contains(property)) reader.Problem(path, "cannot be set here", SettingOf(property) is { } setting ? $"remove it, and use {setting}" : "remove it: the delivery guarantees rest on it");
            else if (value is not null) properties[property] = value;
        }
        return properties;
    }

    private static string? SettingOf(string property) => property.ToLowerInvariant() switch
    {
        "bootstrap.servers" or "metadata.broker.list" => "KAFKA_BROKER",
        "group.id" => "KAFKA_CONSUMER_GROUP",
        "group.protocol" => "KAFKA_GROUP_PROTOCOL",
        var other => KafkaSecuritySettings.SettingOf(other),
    };
}
