using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;
using Seldon.Functions.SeldonDeployments;

namespace Seldon.Functions.Settings;

/// <summary>
/// Reads the routes: the route <c>default</c> from the flat settings or from a manifest, or several from the section <c>Seldon:Routes</c>.
/// </summary>
internal static class RouteSettings
{
    private const string Auto = "auto";

    /// <summary>The settings of a route, as the flat names and as keys of the section write them.</summary>
    private static readonly (string Flat, string Key)[] Names =
    [
        ("MODEL_NAME", "Model"), ("MODEL_VERSION", "Version"), ("MODEL_LABEL", "Label"), ("MODEL_REST_URL", "RestUrl"),
        ("MODEL_GRPC_URL", "GrpcUrl"), ("MODEL_TIMEOUT", "Timeout"), ("MODEL_MAX_RESPONSE_BYTES", "MaxResponseBytes"),
        ("MODEL_COMPRESSION", "Compression"), ("MODEL_CA_FILE", "CaFile"), ("MODEL_CLIENT_CERT_FILE", "ClientCertFile"),
        ("MODEL_CLIENT_KEY_FILE", "ClientKeyFile"), ("MODEL_TOKEN_FILE", "TokenFile"), ("MODEL_HOST_HEADER", "HostHeader"),
        ("MODEL_GIVE_UP_AFTER", "GiveUpAfter"), ("MODEL_TRUST_READINESS", "TrustReadiness"), ("MODEL_CONTROL_FILE", "ControlFile"),
        ("MODEL_MAX_BATCH_ROWS", "MaxBatchRows"), ("MODEL_MAX_BATCH_BYTES", "MaxBatchBytes"),
        ("SELDON_PROTOCOL", "Protocol"), ("SELDON_TRANSPORT", "Transport"), ("SELDON_TARGET", "Target"), ("SELDON_METHOD", "Method"),
        ("SELDON_DEFAULT_PROTO_NAME", "DefaultProtoName"),
    ];

    /// <summary>The flat names.</summary>
    public static IEnumerable<string> FlatNames => Names.Select(n => n.Flat);

    /// <summary>What else a route of the section may have; of the flat settings, <c>KAFKA_WORKERS</c> holds for all routes.</summary>
    private static readonly string[] OtherKeys = ["Name", "InputTopic", "OutputTopic", "ErrorTopic", "Workers", "Headers"];

    /// <param name="graph">The graph of the manifest; null without one, or with problems.</param>
    public static IReadOnlyList<RouteOptions> Read(SettingReader reader, DeployedGraph? graph)
    {
        var workers = ReadWorkers(reader, "KAFKA_WORKERS", null);
        if (reader.HasManifest) return [ReadOfGraph(reader, workers, graph)];
        if (reader.Text("SELDON_ENABLE_ROUTING_INJECTION") is not null) reader.Warn("SELDON_ENABLE_ROUTING_INJECTION has no effect without a manifest: there is no graph to route through.");
        if (reader.Text("MODEL_HOST") is not null) reader.Warn("MODEL_HOST has no effect without a manifest: MODEL_REST_URL and MODEL_GRPC_URL say where the model is.");
        if (reader.Entries("Seldon:Nodes").Any()) reader.Problem("Seldon:Nodes", "is set, but there is no manifest, so there are no nodes", "set SELDON_DEPLOYMENT, or remove it");
        var sections = reader.Configuration.GetSection("Seldon:Routes").GetChildren().ToList();
        if (sections.Count == 0) return [ReadOne(reader, "default", workers, null, key => Names.First(n => n.Key == key).Flat)];

        foreach (var (flat, key) in Names)
        {
            if (reader.Text(flat) is not null)
                reader.Problem(flat, "is set, and so is Seldon:Routes", $"say it in one place only; in a route it is called {key}");
        }
        var routes = sections.Select(section => ReadOne(
            reader, reader.Required($"{section.Path}:Name", "give the route a name"), workers, section.Path, key => $"{section.Path}:{key}")).ToList();
        foreach (var unknown in sections.SelectMany(s => s.GetChildren()).Where(k => !IsKey(k.Key)))
            reader.Problem(unknown.Path, "is no setting of a route", $"use one of {string.Join(", ", OtherKeys.Concat(Names.Select(n => n.Key)))}");
        foreach (var setting in sections.SelectMany(s => new[] { $"{s.Path}:InputTopic", $"{s.Path}:OutputTopic", $"{s.Path}:ErrorTopic" }))
            TopicNames.Check(reader, setting, reader.Text(setting));
        foreach (var repeated in routes.GroupBy(r => r.Name).Where(g => g.Count() > 1))
            reader.Problem("Seldon:Routes", $"has {repeated.Count()} routes with the name '{repeated.Key}'", "give each route a name of its own");
        foreach (var repeated in routes.GroupBy(r => r.InputTopic).Where(g => g.Count() > 1))
            reader.Problem("Seldon:Routes", repeated.Key is null ? "has several routes without InputTopic" : $"has several routes for the topic '{repeated.Key}'",
                repeated.Key is null ? "only one route can be the default" : "a topic has one route");
        return routes;
    }

    /// <summary>What holds for all nodes stands in the flat settings.</summary>
    private static RouteOptions ReadOfGraph(SettingReader reader, int? workers, DeployedGraph? graph)
    {
        static string Flat(string key) => Names.First(n => n.Key == key).Flat;
        var protocol = ReadProtocol(reader, Flat);
        var hostHeader = AddressSettings.Host(reader, Flat("HostHeader"));
        var injectsRouting = reader.Text("SELDON_ENABLE_ROUTING_INJECTION") is not null;
        // The answer of a single model tells its way, too, if it is asked to: as a graph, which can.
        var single = graph is { IsSingleModel: true } && !injectsRouting ? graph.Root : null;
        var route = new RouteOptions
        {
            Name = "default",
            Protocol = protocol.Name,
            Graph = single is null ? graph?.Root : null,
            InjectsRouting = injectsRouting,
            Model = new ModelSelector(graph?.Root.Name ?? ""),
            RestUrl = single?.RestUrl,
            GrpcUrl = single?.GrpcUrl,
            HostHeader = single?.HostHeader ?? hostHeader,
            Transport = graph?.Transport ?? Transport.Auto,
            DefaultProtoName = ReadDefaultProtoName(reader, protocol, Flat, graph is null || graph.Transport != Transport.Rest),
            Workers = workers,
            Batch = ReadBatch(reader, Flat),
            Compress = ReadCompression(reader, Flat),
            Tls = ModelTlsSettings.Read(reader, Flat, [.. graph?.Nodes.SelectMany(n => new[] { n.RestUrl, n.GrpcUrl }) ?? []]),
            TokenFile = ReadTokenFile(reader, null, Flat),
            Limits = ReadLimits(reader, Flat) is var limits && graph?.Timeout is { } own ? limits with { Timeout = own } : limits,
            Patience = PatienceSettings.Read(reader, Flat),
        };
        if (graph is null) return route;
        if (single is not null) return route with { Control = PatienceSettings.ReadControl(reader, Flat, protocol, route) };
        if (reader.Text("MODEL_CONTROL_FILE") is { } file)
            reader.Problem("MODEL_CONTROL_FILE", $"is '{file}', but the nodes of a graph have requests of their own", "remove it: each node is compared with the last request that it answered");
        return route;
    }

    private static bool IsKey(string key) =>
        OtherKeys.Concat(Names.Select(n => n.Key)).Contains(key, StringComparer.OrdinalIgnoreCase);

    private static RouteOptions ReadOne(SettingReader reader, string name, int? workers, string? section, Func<string, string> setting)
    {
        var target = reader.OneOf(setting("Target"), "model", "model", "front-door") == "model" ? Target.Model : Target.FrontDoor;
        // A front door answers the same questions whatever the protocol behind it is.
        var isOpen = reader.LeavesProtocolsOpen && target == Target.Model && reader.Text(setting("Protocol")) is null;
        var protocol = isOpen ? ProtocolTable.Open : ReadProtocol(reader, setting);
        var (restUrl, grpcUrl) = (AddressSettings.Rest(reader, setting("RestUrl")), AddressSettings.Grpc(reader, setting("GrpcUrl")));
        var model = ReadModel(reader, protocol, name, setting);
        var transport = ReadTransport(reader, setting);
        if (!isOpen) AddressSettings.CheckPath(reader, setting("RestUrl"), restUrl, ProtocolTable.Of(protocol.Name, target), model);
        var route = new RouteOptions
        {
            Name = name,
            InputTopic = section is null ? null : reader.Text($"{section}:InputTopic"),
            OutputTopic = section is null ? null : reader.Text($"{section}:OutputTopic"),
            ErrorTopic = section is null ? null : reader.Text($"{section}:ErrorTopic"),
            Protocol = protocol.Name,
            OpenProtocol = isOpen ? setting("Protocol") : null,
            Target = target,
            Method = reader.Text(setting("Method")) is null ? null : reader.OneOf(setting("Method"), "", [.. protocol.RestMethods.Select(m => m.Name)]),
            Model = model,
            RestUrl = restUrl,
            GrpcUrl = grpcUrl,
            HostHeader = AddressSettings.Host(reader, setting("HostHeader")),
            Transport = transport,
            DefaultProtoName = ReadDefaultProtoName(reader, protocol, setting, transport != Transport.Rest && reader.Text(setting("GrpcUrl")) is not null),
            Workers = section is null ? workers : ReadWorkers(reader, $"{section}:Workers", workers),
            Batch = ReadBatch(reader, setting),
            Compress = ReadCompression(reader, setting),
            Tls = ModelTlsSettings.Read(reader, setting, restUrl, grpcUrl),
            Headers = section is null ? new Dictionary<string, string>() : ReadHeaders(reader, $"{section}:Headers"),
            TokenFile = ReadTokenFile(reader, section, setting),
            Limits = ReadLimits(reader, setting),
            Patience = PatienceSettings.Read(reader, setting),
        };
        return isOpen ? route : route with { Control = PatienceSettings.ReadControl(reader, setting, protocol, route) };
    }

    private static bool ReadCompression(SettingReader reader, Func<string, string> setting) => reader.OneOf(setting("Compression"), "none", "none", "gzip") == "gzip";

    /// <summary>A number, or null for the word <c>auto</c>.</summary>
    private static int? ReadWorkers(SettingReader reader, string setting, int? otherwise) => reader.Text(setting) switch
    {
        null => otherwise,
        var text when text.Equals(Auto, StringComparison.OrdinalIgnoreCase) => null,
        _ => reader.Number(setting, 1, 10_000, otherwise is { } number ? $"{number}; {Auto} is possible, too" : Auto) ?? otherwise,
    };

    private static BatchLimits ReadBatch(SettingReader reader, Func<string, string> setting) => new(
        reader.Number(setting("MaxBatchRows"), 1, 1, 1024), reader.Number(setting("MaxBatchBytes"), BatchLimits.DefaultMaxBytes, 1024, 1_000_000_000));

    private static CallLimits ReadLimits(SettingReader reader, Func<string, string> setting) => new(
        reader.Duration(setting("Timeout"), CallLimits.Default.Timeout, TimeSpan.FromHours(1)),
        reader.Number(setting("MaxResponseBytes"), CallLimits.Default.MaxResponseBytes, 1024, 1_000_000_000));

    private static Protocol ReadProtocol(SettingReader reader, Func<string, string> setting)
    {
        var names = ProtocolTable.Names;
        return ProtocolTable.Of(reader.OneOf(setting("Protocol"), RouteOptions.DefaultProtocol, [.. names]), Target.Model);
    }

    private static ModelSelector ReadModel(SettingReader reader, Protocol protocol, string route, Func<string, string> setting)
    {
        // Seldon's own protocol addresses a container, not a model: the name only labels results.
        var name = protocol.HasModelName
            ? reader.Required(setting("Model"), "give the name under which the model server serves the model")
            : reader.Text(setting("Model")) ?? route;
        var (version, label) = (reader.Text(setting("Version")), reader.Text(setting("Label")));
        foreach (var (key, text) in new[] { ("Model", name), ("Version", version), ("Label", label) })
        {
            if (text is { Length: > 128 }) reader.Problem(setting(key), $"has {text.Length} characters", "use at most 128");
        }
        if (version is not null && !protocol.IsVersion(version))
            reader.Problem(setting("Version"), $"is '{version}'", protocol.HasModelName ? "use a whole number, or leave it out for the server's choice" : "remove it: the protocol has no versions");
        if (label is not null && !protocol.HasLabels)
            reader.Problem(setting("Label"), $"is '{label}'", "remove it: only the protocol tensorflow has labels");
        if (version is not null && label is not null)
            reader.Problem(setting("Label"), $"is set, and so is {setting("Version")}", "choose the model's version by one of them");
        return new ModelSelector(name, version, label);
    }

    private static Dictionary<string, string> ReadHeaders(SettingReader reader, string section)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in reader.Configuration.GetSection(section).GetChildren())
        {
            // The value may be a secret: it is not repeated.
            if (HeaderNames.Is(entry.Key, "host"))
                reader.Problem(entry.Path, "cannot be a header of a call", "set HostHeader of the route instead");
            else if (!ForwardableHeaders.IsForwarded(entry.Key) || !ForwardableHeaders.IsLegalName(entry.Key))
                reader.Problem(entry.Path, "cannot be a header of a call", "use a name of letters, digits and '-' that does not belong to the connection or to this program");
            else if (entry.Value is not { Length: > 0 } value || !ForwardableHeaders.TryGetText(System.Text.Encoding.UTF8.GetBytes(value), out _))
                reader.Problem(entry.Path, "has a value that a header cannot have", "use printable ASCII without spaces at its ends");
            else
                headers[entry.Key] = value;
        }
        return headers;
    }

    private static string? ReadTokenFile(SettingReader reader, string? section, Func<string, string> setting)
    {
        var file = reader.File(setting("TokenFile"));
        if (file is not null && section is not null && reader.IsSet($"{section}:Headers:Authorization"))
            reader.Problem(setting("TokenFile"), $"is set, and so is {section}:Headers:Authorization", "keep one of them");
        return file;
    }

    /// <summary>The type of records without <c>proto-name</c>, which must be one that the protocol forwards.</summary>
    private static string? ReadDefaultProtoName(SettingReader reader, Protocol protocol, Func<string, string> setting, bool hasGrpc)
    {
        if (reader.Text(setting("DefaultProtoName")) is not { } name) return null;
        if (!hasGrpc)
            reader.Problem(setting("DefaultProtoName"), "is set, but the route has no gRPC", $"set {setting("GrpcUrl")} and leave {setting("Transport")} at auto or grpc, or remove it");
        else if (!protocol.Methods.Any(m => WireReader.IsText(m.RequestType, name)))
            reader.Problem(setting("DefaultProtoName"), $"is '{name}', which {ProtocolTable.WhyNot(protocol, System.Text.Encoding.UTF8.GetBytes(name))}",
                $"use one of {string.Join(", ", protocol.Methods.Select(m => System.Text.Encoding.UTF8.GetString(m.RequestType)))}");
        return name;
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
