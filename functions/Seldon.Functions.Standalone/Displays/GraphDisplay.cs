using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Seldon.Functions.Kafka;
using Seldon.Functions.Options;
using Seldon.Functions.SeldonDeployments;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Shows a graph as it would run: a tree for a person, or one JSON object.</summary>
/// <param name="placeOf">Where a setting stands that no manifest sets; null for one that the command line gives.</param>
internal sealed class GraphDisplay(ProcessorSettings settings, DeployedGraph graph, Func<string, string?> placeOf)
{
    private const int WideEnough = 10_000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 256,
        WriteIndented = true,
    };

    private static readonly (NodeMethods Method, string Word)[] Words =
    [
        (NodeMethods.TransformInput, "transform-input"), (NodeMethods.Predict, "predict"), (NodeMethods.Route, "route"),
        (NodeMethods.Aggregate, "aggregate"), (NodeMethods.TransformOutput, "transform-output"),
    ];

    private readonly RouteOptions _route = settings.Engine.Routes[0];

    /// <summary>Warnings that are not about something in the manifest without effect.</summary>
    private IEnumerable<string> Others => settings.Warnings.Except(graph.NotHonoured.Select(n => n.ToString()));

    public void Show()
    {
        // No line is broken in a pipe.
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = WideEnough;
        var (deployment, kafka) = (graph.Deployment, settings.Kafka);
        Line($"SeldonDeployment  {deployment.Name}, namespace {deployment.Namespace}, predictor {deployment.Predictor.Name} ({deployment.Source})");
        Line($"Protocol          {_route.Protocol} over {graph.Transport switch { Transport.Rest => "REST", Transport.Grpc => "gRPC", _ => "REST, or gRPC for a record with proto-name" }}");
        Line($"Topics            {OrMissing(string.Join(", ", kafka.InputTopics))} -> {OrMissing(kafka.Output.Results)}, dead letters {OrMissing(kafka.Output.Errors)}");
        Line($"Kafka             {OrMissing(kafka.Broker)}, consumer group {kafka.Group}");
        Line("");
        var tree = new Tree(Describe(graph.Root));
        AddChildren(tree, graph.Root);
        AnsiConsole.Write(tree);
        foreach (var (title, lines) in new[] { ("Where settings come from (all others have their defaults)", SourcesInColumns()), ("Not honoured", graph.NotHonoured.Select(n => $"{n.Place} {n.Feature}: {n.Reason}.")), ("Warnings", Others) })
        {
            if (!lines.Any()) continue;
            Line($"\n{title}:");
            foreach (var line in lines) Line($"  {line}");
        }
    }

    private static string OrMissing(string text) => text.Length > 0 ? text : "(not set)";

    public void ShowJson() => Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            graph.Deployment.Source,
            Deployment = graph.Deployment.Name,
            graph.Deployment.Namespace,
            Predictor = graph.Deployment.Predictor.Name,
            _route.Protocol,
            Transport = graph.Transport.ToString().ToLowerInvariant(),
            settings.Kafka.Broker,
            Group = settings.Kafka.Group,
            settings.Kafka.InputTopics,
            OutputTopic = settings.Kafka.Output.Results,
            ErrorTopic = settings.Kafka.Output.Errors,
            Graph = ToJson(graph.Root),
            Settings = Sources.Select(s => new { s.Name, s.From, s.InsteadOf }),
            NotHonoured = graph.NotHonoured.Select(n => new { n.Line, n.Feature, n.Reason }),
            Warnings = Others,
        },
        Json));

    /// <summary>Every setting with its place, and the place in the manifest whose value it takes the place of.</summary>
    private IEnumerable<(string Name, string From, string? InsteadOf)> Sources =>
        from source in settings.Sources
        let place = source.FromManifest is { } manifest ? $"{manifest}" : placeOf(source.Name)
        where place is not null
        select (source.Name, place, source.InsteadOf?.ToString());

    private IEnumerable<string> SourcesInColumns()
    {
        var width = Sources.Select(s => s.Name.Length).DefaultIfEmpty().Max();
        return Sources.Select(s => $"{s.Name.PadRight(width)}  {s.From}{(s.InsteadOf is null ? "" : $", which wins over {s.InsteadOf}")}");
    }

    private object ToJson(GraphNode node) => new
    {
        node.Name,
        node.Model,
        Methods = WordsOf(node.Methods),
        BuiltIn = node.BuiltIn == BuiltIn.None ? null : WordOf(node.BuiltIn),
        RatioA = node.BuiltIn == BuiltIn.RandomAbTest ? node.RatioA : (double?)null,
        node.RestUrl,
        node.GrpcUrl,
        HostHeader = node.HostHeader ?? _route.HostHeader,
        RestTimeoutMs = node.RestUrl is null ? (double?)null : TimeoutOf(node.RestTimeout).TotalMilliseconds,
        GrpcTimeoutMs = node.GrpcUrl is null ? (double?)null : TimeoutOf(node.GrpcTimeout).TotalMilliseconds,
        Children = node.Children.Select(ToJson),
    };

    private string Describe(GraphNode node)
    {
        var parts = new List<string> { node.Name, node.Model is null ? "" : $"model {node.Model}", string.Join(", ", WordsOf(node.Methods)) };
        if (node.BuiltIn != BuiltIn.None) parts.Add($"{WordOf(node.BuiltIn)}{(node.BuiltIn == BuiltIn.RandomAbTest ? FormattableString.Invariant($" {node.RatioA}") : "")}");
        if (node.RestUrl is not null) parts.Add(FormattableString.Invariant($"{Address(node.RestUrl)} within {TimeoutOf(node.RestTimeout).TotalSeconds} s"));
        if (node.GrpcUrl is not null) parts.Add(FormattableString.Invariant($"gRPC {Address(node.GrpcUrl)} within {TimeoutOf(node.GrpcTimeout).TotalSeconds} s"));
        if ((node.RestUrl ?? node.GrpcUrl) is not null && (node.HostHeader ?? _route.HostHeader) is { } host) parts.Add($"host {host}");
        return Markup.Escape(string.Join("  ", parts.Where(p => p.Length > 0)));
    }

    private void AddChildren(IHasTreeNodes parent, GraphNode node)
    {
        foreach (var child in node.Children) AddChildren(parent.AddNode(Describe(child)), child);
    }

    // A single model has the deadline of its route, which knows both.
    private TimeSpan TimeoutOf(TimeSpan? own) => graph.IsSingleModel ? _route.Limits.Timeout : own ?? _route.Limits.Timeout;

    private static string Address(Uri url) => url.AbsoluteUri.TrimEnd('/');

    private static IEnumerable<string> WordsOf(NodeMethods methods) => Words.Where(w => methods.HasFlag(w.Method)).Select(w => w.Word);

    private static string WordOf(BuiltIn builtIn) => builtIn switch
    {
        BuiltIn.RandomAbTest => "RANDOM_ABTEST",
        BuiltIn.SimpleModel => "SIMPLE_MODEL",
        _ => "SIMPLE_ROUTER",
    };

    private static void Line(string text) => Console.WriteLine(text);
}
