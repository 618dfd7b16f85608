using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Seldon.Functions.Options;

namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>Any graph that can run, as nodes and as the manifests that say it.</summary>
internal static class AnyManifest
{
    private const int Deepest = 6;

    private static readonly NodeMethods[] Types = [NodeMethods.Predict, NodeMethods.TransformInput, NodeMethods.TransformOutput, NodeMethods.Route, NodeMethods.Aggregate];

    /// <summary>A tree of one to six levels; the names are given once it stands.</summary>
    public static Gen<GraphNode> Any { get; } = Tree(Deepest).Select(tree => Named(tree));

    /// <summary>The manifest in YAML's block style, with methods or types as the node's number falls.</summary>
    public static string ToYaml(GraphNode root)
    {
        var text = new StringBuilder("apiVersion: machinelearning.seldon.io/v1\nkind: SeldonDeployment\nmetadata: {name: d}\nspec:\n  serverType: kafka\n  predictors:\n  - name: p\n    graph:\n");
        Append(text, root, "      ");
        return text.ToString();
    }

    /// <summary>The predictor as the operator writes it.</summary>
    public static string ToJson(GraphNode root) => new JsonObject { ["name"] = "p", ["graph"] = Node(root) }.ToJsonString();

    private static Gen<GraphNode> Tree(int levels)
    {
        var leaf = Gen.OneOf(
            Gen.OneOf(Types[..3]).Select(m => Served(m)),
            Gen.Const(new GraphNode { Name = "", BuiltIn = BuiltIn.SimpleModel }));
        if (levels == 1) return leaf;
        var inner = Gen.Select(Gen.Int[0, 31], Gen.OneOf(BuiltIn.None, BuiltIn.None, BuiltIn.RandomAbTest, BuiltIn.SimpleRouter), Gen.Double[0, 1], Tree(levels - 1).Array[1, 3], Inner);
        return Gen.Frequency((1, leaf), (2, inner));
    }

    /// <summary>What the checks ask for is seen to: two children of a test, one way to route.</summary>
    private static GraphNode Inner(int bits, BuiltIn builtIn, double ratio, GraphNode[] children)
    {
        var methods = (NodeMethods)bits;
        if (builtIn == BuiltIn.RandomAbTest && children.Length != 2) builtIn = BuiltIn.SimpleRouter;
        if (builtIn != BuiltIn.None) methods &= ~NodeMethods.Route;
        if (methods.HasFlag(NodeMethods.TransformInput)) methods &= ~NodeMethods.Predict;
        if (methods == NodeMethods.None && builtIn == BuiltIn.None) methods = NodeMethods.TransformOutput;
        return Served(methods) with { BuiltIn = builtIn, RatioA = builtIn == BuiltIn.RandomAbTest ? ratio : 0.5, Children = children };
    }

    private static GraphNode Served(NodeMethods methods) => new() { Name = "", Methods = methods };

    private static GraphNode Named(GraphNode tree)
    {
        var count = 0;
        return Name(tree);

        GraphNode Name(GraphNode node)
        {
            var number = count++;
            var named = node with { Name = $"n{number}: 'x' \"#\" 😀" };
            if (node.Methods != NodeMethods.None)
                named = named with { RestUrl = new Uri($"http://host{number}:{number + 1}"), GrpcUrl = new Uri($"http://host{number}:{number + 20_001}") };
            return named with { Children = [.. node.Children.Select(Name)] };
        }
    }

    private static JsonObject Node(GraphNode node)
    {
        var json = new JsonObject { ["name"] = node.Name };
        if (node.BuiltIn != BuiltIn.None) json["implementation"] = node.BuiltIn switch { BuiltIn.RandomAbTest => "RANDOM_ABTEST", BuiltIn.SimpleModel => "SIMPLE_MODEL", _ => "SIMPLE_ROUTER" };
        if (node.BuiltIn == BuiltIn.RandomAbTest) json["parameters"] = new JsonArray(new JsonObject { ["name"] = "ratioA", ["value"] = node.RatioA.ToString("R", System.Globalization.CultureInfo.InvariantCulture), ["type"] = "FLOAT" });
        var isModel = node.Methods.HasFlag(NodeMethods.Predict);
        var single = Types.Contains(node.Methods) && node.Methods != NodeMethods.Predict;
        json["type"] = isModel ? "MODEL" : single ? TypeOf(node.Methods) : "UNKNOWN_TYPE";
        if (!single)
            json["methods"] = new JsonArray([.. Types[1..].Where(t => node.Methods.HasFlag(t)).Select(t => (JsonNode)MethodOf(t))]);
        if (node.RestUrl is not null) json["endpoint"] = new JsonObject { ["service_host"] = node.RestUrl.Host, ["httpPort"] = node.RestUrl.Port, ["grpcPort"] = node.GrpcUrl!.Port };
        json["children"] = new JsonArray([.. node.Children.Select(c => (JsonNode)Node(c))]);
        return json;
    }

    private static void Append(StringBuilder text, GraphNode node, string indentation)
    {
        var json = Node(node);
        json.Remove("children");
        foreach (var (key, value) in json) text.Append($"{indentation}{key}: {(value is JsonValue scalar && scalar.TryGetValue<string>(out var word) ? $"'{word.Replace("'", "''", StringComparison.Ordinal)}'" : value!.ToJsonString())}\n");
        if (node.Children.Count == 0) return;
        text.Append($"{indentation}children:\n");
        foreach (var child in node.Children)
        {
            text.Append($"{indentation}-\n");
            Append(text, child, indentation + "  ");
        }
    }

    private static string TypeOf(NodeMethods method) => method switch
    {
        NodeMethods.TransformInput => "TRANSFORMER",
        NodeMethods.TransformOutput => "OUTPUT_TRANSFORMER",
        NodeMethods.Route => "ROUTER",
        _ => "COMBINER",
    };

    private static string MethodOf(NodeMethods method) => method switch
    {
        NodeMethods.TransformInput => "TRANSFORM_INPUT",
        NodeMethods.TransformOutput => "TRANSFORM_OUTPUT",
        NodeMethods.Route => "ROUTE",
        _ => "AGGREGATE",
    };
}
