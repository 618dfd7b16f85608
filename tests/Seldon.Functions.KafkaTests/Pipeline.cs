using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects.TensorFlow;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.KafkaTests;

/// <summary>The topics and the group of one test, and the settings that go with them.</summary>
internal sealed class Pipeline(KafkaTopics kafka, Uri restUrl, Uri? grpcUrl, string name)
{
    public string Input => $"{name}.in";

    public string Output => $"{name}.out";

    public string Errors => $"{name}.out.errors";

    public string Group => $"{name}.group";

    public async Task CreateTopicsAsync(int input = 4, int output = 3, int errors = 2)
    {
        await kafka.CreateAsync(Input, input);
        await kafka.CreateAsync(Output, output);
        await kafka.CreateAsync(Errors, errors);
    }

    /// <summary>Flowers to classify and some bad records, keyed and not, REST and gRPC.</summary>
    public DemoRecords Flowers(int count) => new([TensorFlowDialect.Rest, TensorFlowDialect.Grpc], count, _ => Input);

    /// <summary>A setting that is given again replaces the earlier one.</summary>
    public Dictionary<string, string?> Settings(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["KAFKA_BROKER"] = kafka.BootstrapServers,
            ["KAFKA_INPUT_TOPIC"] = Input,
            ["KAFKA_OUTPUT_TOPIC"] = Output,
            ["KAFKA_CONSUMER_GROUP"] = Group,
            ["SELDON_PROTOCOL"] = "tensorflow",
            ["MODEL_NAME"] = FlowerModel.Name,
            ["MODEL_REST_URL"] = restUrl.ToString(),
        };
        if (grpcUrl is not null) settings["MODEL_GRPC_URL"] = grpcUrl.ToString();
        foreach (var (setting, value) in more) settings[setting] = value;
        return settings;
    }
}
