using System.Globalization;
using Seldon.Functions.Options;
using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>Reads the graph of a predictor: Seldon's PredictiveUnits, as v1's operator understands them.</summary>
/// <param name="isDeployed">Whether Seldon's operator has deployed the servers: then what it does for them is not missing.</param>
internal sealed class GraphReader(ManifestNotes notes, bool isDeployed)
{
    internal const int Deepest = 50;
    internal const int Most = 1000;

    private const string Model = "MODEL";

    private static readonly Dictionary<string, NodeMethods> Types = new()
    {
        ["UNKNOWN_TYPE"] = NodeMethods.None,
        [Model] = NodeMethods.Predict,
        ["TRANSFORMER"] = NodeMethods.TransformInput,
        ["ROUTER"] = NodeMethods.Route,
        ["COMBINER"] = NodeMethods.Aggregate,
        ["OUTPUT_TRANSFORMER"] = NodeMethods.TransformOutput,
    };

    private static readonly Dictionary<string, NodeMethods> Methods = new()
    {
        ["TRANSFORM_INPUT"] = NodeMethods.TransformInput,
        ["TRANSFORM_OUTPUT"] = NodeMethods.TransformOutput,
        ["ROUTE"] = NodeMethods.Route,
        ["AGGREGATE"] = NodeMethods.Aggregate,
        ["SEND_FEEDBACK"] = NodeMethods.None,
    };

    private static readonly string[] Servers =
        ["SKLEARN_SERVER", "XGBOOST_SERVER", "MLFLOW_SERVER", "TENSORFLOW_SERVER", "TRITON_SERVER", "HUGGINGFACE_SERVER", "TEMPO_SERVER"];

    private int _count;

    /// <summary>The graph; null if there is none, which is a problem.</summary>
    public PredictiveUnit? Read(ManifestSection predictor)
    {
        if (predictor.Value("graph") is not { } graph)
        {
            notes.Problem(predictor.LineOf("graph"), $"{predictor.What} has no graph", "give it at least one node with its name");
            return null;
        }
        var root = Read(graph, 1);
        if (_count > Most) notes.Problem(graph.Line, $"the graph has more than {Most} nodes", "use fewer");
        return root;
    }

    private PredictiveUnit? Read(ManifestValue value, int depth)
    {
        // Said once, where it is known how many.
        if (++_count > Most || ManifestSection.Of(value, "a node of the graph", notes) is not { } unnamed) return null;
        var name = unnamed.Text("name") ?? "";
        if (name.Length == 0) notes.Problem(value.Line, "a node of the graph has no name", "give it that of its container, or of the model at its server");
        if (name.Length > 128) notes.Problem(unnamed.LineOf("name"), $"the name of a node has {name.Length} characters", "use at most 128");
        if (name.Any(char.IsControl)) notes.Problem(unnamed.LineOf("name"), "the name of a node has control characters", "use printable ones");
        var node = new ManifestSection(value, $"the node '{(name.Length > 128 ? name[..128] : name)}'", notes);
        node.PassOver("name");

        var unit = ReadKind(node, new PredictiveUnit { Name = name, Line = value.Line, Endpoint = ReadEndpoint(node) });
        var children = node.List("children");
        if (children.Count > 0 && depth == Deepest) notes.Problem(node.LineOf("children"), $"{node.What} has children, but is the {Deepest}th from the top", $"use at most {Deepest} levels");
        else unit = unit with { Children = [.. children.TakeWhile(_ => _count <= Most).Select(c => Read(c, depth + 1)).OfType<PredictiveUnit>()] };

        node.HasNoEffect("logger", "payloads are not logged; input, output and error topic hold them all");
        ReadServing(node);
        node.NameTheRest();
        return unit;
    }

    /// <summary>What concerns only the start of the node's server.</summary>
    private void ReadServing(ManifestSection node)
    {
        string[] keys = ["serviceAccountName", "envSecretRefName", "storageInitializerImage"];
        node.PassOver(["modelUri", .. keys]);
        if (isDeployed) return;
        node.HasNoEffect("modelUri", "the model's server loads it");
        foreach (var key in keys) node.HasNoEffect(key, "it is for starting the model's server, and none is started");
    }

    /// <summary>Type, methods and implementation, with v1's defaults: a node that has none of them is a model.</summary>
    private PredictiveUnit ReadKind(ManifestSection node, PredictiveUnit unit)
    {
        var type = node.Word("type", [.. Types.Keys]);
        var implementation = node.Text("implementation");
        unit = unit with { Implementation = implementation, RatioA = ReadParameters(node, implementation) };
        var methods = node.List("methods").Aggregate(NodeMethods.None, (all, method) => all | ReadMethod(node, method));
        if (unit.IsPrepackaged)
        {
            if (type is not (null or Model)) notes.HasNoEffect(node.LineOf("type"), $"type {type} of {node.What}", $"it is served by {implementation}, which makes it a {Model}, as in v1");
            if (!Servers.Contains(implementation))
                notes.HasNoEffect(node.LineOf("implementation"), $"implementation {implementation} of {node.What}", "it is taken for a model with a server of your own, as in v1");
            type = Model;
        }
        if (implementation == PredictiveUnit.AverageCombiner)
            notes.Problem(node.LineOf("implementation"), $"implementation of {node.What} is {implementation}, which Seldon's executor does not have either", "serve a COMBINER that does it");
        else if (!node.Has("type") && !node.Has("methods") && implementation is null)
            type = Model;
        methods |= type is null ? NodeMethods.None : Types[type];
        if (methods.HasFlag(NodeMethods.Predict | NodeMethods.TransformInput))
        {
            notes.HasNoEffect(node.LineOf("type"), $"type {Model} of {node.What}", "its methods have TRANSFORM_INPUT, which is asked for instead of a prediction, as in v1");
            methods &= ~NodeMethods.Predict;
        }
        return unit with { Methods = methods };
    }

    private NodeMethods ReadMethod(ManifestSection node, ManifestValue method)
    {
        if (method.Text is not { } text || !Methods.TryGetValue(text, out var known))
        {
            notes.Problem(method.Line, $"methods of {node.What} has {(method.Text is null ? method.Kind : $"'{method.Text}'")}", $"use {string.Join(", ", Methods.Keys)}");
            return NodeMethods.None;
        }
        if (known == NodeMethods.None) notes.HasNoEffect(method.Line, $"{text} in methods of {node.What}", "no feedback comes from a topic, as in v1");
        return known;
    }

    /// <summary>The one parameter that is not for the node's server.</summary>
    private double ReadParameters(ManifestSection node, string? implementation)
    {
        var parameters = node.Sections("parameters", $"a parameter of {node.What}");
        if (implementation != PredictiveUnit.RandomAbTest || parameters.FirstOrDefault(p => p.Text("name") == "ratioA") is not { } ratio) return 0.5;
        var text = ratio.Text("value");
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1)
            return number;
        notes.Problem(ratio.LineOf("value"), $"the parameter ratioA of {node.What} is '{text}'", "use a number from 0 to 1");
        return 0.5;
    }

    private UnitEndpoint ReadEndpoint(ManifestSection node)
    {
        if (node.Section("endpoint", $"endpoint of {node.What}") is not { } endpoint) return new UnitEndpoint(node.Line);
        var host = endpoint.Text("service_host");
        if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            notes.Problem(endpoint.LineOf("service_host"), $"service_host of {node.What} is '{host}'", "use a host name or an address, without scheme and port");
            host = null;
        }
        var read = new UnitEndpoint(
            endpoint.Line, host, endpoint.Number("service_port", 65_535), endpoint.Number("httpPort", 65_535), endpoint.Number("grpcPort", 65_535), endpoint.Word("type", "REST", "GRPC"));
        endpoint.NameTheRest();
        return read;
    }
}
