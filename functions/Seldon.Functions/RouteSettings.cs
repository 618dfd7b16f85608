using System.Globalization;

namespace Seldon.Functions;

/// <summary>Reads the routes: the route <c>default</c> from the flat settings, or several from the section <c>Seldon:Routes</c>.</summary>
internal static class RouteSettings
{
    private const int DefaultMaxResponseBytes = 64 * 1024 * 1024;

    /// <summary>The settings of a route, as the flat names and as keys of the section write them.</summary>
    private static readonly (string Flat, string Key)[] Names =
    [
        ("MODEL_NAME", "Model"), ("MODEL_VERSION", "Version"), ("MODEL_LABEL", "Label"), ("MODEL_REST_URL", "RestUrl"),
        ("MODEL_GRPC_URL", "GrpcUrl"), ("MODEL_TIMEOUT", "Timeout"), ("MODEL_MAX_RESPONSE_BYTES", "MaxResponseBytes"),
        ("SELDON_PROTOCOL", "Protocol"), ("SELDON_TRANSPORT", "Transport"),
    ];

    public static IReadOnlyList<RouteOptions> Read(SettingReader reader)
    {
        var sections = reader.Configuration.GetSection("Seldon:Routes").GetChildren().ToList();
        if (sections.Count == 0) return [ReadOne(reader, "default", null, key => Names.First(n => n.Key == key).Flat)];

        foreach (var (flat, key) in Names)
        {
            if (reader.Text(flat) is not null)
                reader.Problem(flat, "is set, and so is Seldon:Routes", $"say it in one place only; in a route it is called {key}");
        }
        var routes = sections.Select(section => ReadOne(
            reader, reader.Required($"{section.Path}:Name", "give the route a name"), section.Path, key => $"{section.Path}:{key}")).ToList();
        foreach (var setting in sections.SelectMany(s => new[] { $"{s.Path}:InputTopic", $"{s.Path}:OutputTopic", $"{s.Path}:ErrorTopic" }))
            KafkaSettings.CheckTopic(reader, setting, reader.Text(setting));
        foreach (var repeated in routes.GroupBy(r => r.Name).Where(g => g.Count() > 1))
            reader.Problem("Seldon:Routes", $"has {repeated.Count()} routes with the name '{repeated.Key}'", "give each route a name of its own");
        foreach (var repeated in routes.GroupBy(r => r.InputTopic).Where(g => g.Count() > 1))
            reader.Problem("Seldon:Routes", repeated.Key is null ? "has several routes without InputTopic" : $"has several routes for the topic '{repeated.Key}'",
                repeated.Key is null ? "only one route can be the default" : "a topic has one route");
        return routes;
    }

    private static RouteOptions ReadOne(SettingReader reader, string name, string? topics, Func<string, string> setting)
    {
        var protocol = reader.OneOf(setting("Protocol"), "seldon", "tensorflow");
        if (protocol == "seldon" && reader.Text(setting("Protocol")) is null)
            reader.Problem(setting("Protocol"), "is not set, and its default 'seldon' is not supported by this version", "set it to tensorflow");

        var restUrl = reader.Address(setting("RestUrl"));
        var grpcUrl = reader.Address(setting("GrpcUrl"));
        return new RouteOptions
        {
            Name = name,
            InputTopic = topics is null ? null : reader.Text($"{topics}:InputTopic"),
            OutputTopic = topics is null ? null : reader.Text($"{topics}:OutputTopic"),
            ErrorTopic = topics is null ? null : reader.Text($"{topics}:ErrorTopic"),
            Model = ReadModel(reader, setting),
            RestUrl = restUrl,
            GrpcUrl = grpcUrl,
            Transport = ReadTransport(reader, setting),
            Limits = new CallLimits(
                reader.Duration(setting("Timeout"), TimeSpan.FromSeconds(60), TimeSpan.FromHours(1)),
                reader.Number(setting("MaxResponseBytes"), DefaultMaxResponseBytes, 1024, 1_000_000_000)),
        };
    }

    private static ModelSelector ReadModel(SettingReader reader, Func<string, string> setting)
    {
        var name = reader.Required(setting("Model"), "give the name under which the model server serves the model");
        if (name.Length > 128) reader.Problem(setting("Model"), $"has {name.Length} characters", "use at most 128");
        var label = reader.Text(setting("Label"));
        if (label is { Length: > 128 }) reader.Problem(setting("Label"), $"has {label.Length} characters", "use at most 128");

        long? version = null;
        if (reader.Text(setting("Version")) is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) version = number;
            else reader.Problem(setting("Version"), $"is '{text}'", "use a whole number, or leave it out for the server's choice");
        }
        if (version is not null && label is not null)
            reader.Problem(setting("Label"), $"is set, and so is {setting("Version")}", "choose the model's version by one of them");
        return new ModelSelector(name, version, label);
    }

    private static Transport ReadTransport(SettingReader reader, Func<string, string> setting)
    {
        var word = reader.OneOf(setting("Transport"), "auto", "auto", "rest", "grpc");
        var (rest, grpc) = (reader.Text(setting("RestUrl")) is not null, reader.Text(setting("GrpcUrl")) is not null);
        var chosen = reader.Text(setting("Transport")) is not null;
        if (!rest && !grpc)
            reader.Problem($"{setting("RestUrl")}, {setting("GrpcUrl")}", "are not set", "set at least one, such as http://localhost:8501");
        else if (word == "rest" && !rest)
            reader.Problem(setting("RestUrl"), $"is not set, but {setting("Transport")} is 'rest'", "set it, or use grpc");
        else if (word == "grpc" && !grpc)
            reader.Problem(setting("GrpcUrl"), $"is not set, but {setting("Transport")} is 'grpc'", "set it, or use rest");
        else if (word == "auto" && chosen && !(rest && grpc))
            reader.Problem(setting(rest ? "GrpcUrl" : "RestUrl"), $"is not set, but {setting("Transport")} is 'auto'", "set it, or choose the other transport");
        return word switch { "rest" => Transport.Rest, "grpc" => Transport.Grpc, _ => Transport.Auto };
    }
}
