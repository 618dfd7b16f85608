using System.Globalization;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.SeldonDeployments;
using Seldon.Functions.SeldonDeployments.Manifests;

namespace Seldon.Functions.Settings;

/// <summary>Makes the graph of a deployment with what the settings say about it, or says what is wrong.</summary>
internal static class GraphSettings
{
    public const string RestTimeout = "seldon.io/rest-timeout";
    public const string GrpcTimeout = "seldon.io/grpc-timeout";

    private const string Nodes = "Seldon:Nodes";

    /// <summary>Settings that a manifest takes the place of, and what to do instead.</summary>
    private static readonly (string Setting, string Fix)[] Clashing =
    [
        ("MODEL_NAME", "remove it: models are called by the names of their nodes"),
        ("MODEL_VERSION", "remove it: a manifest has no versions of models"),
        ("MODEL_LABEL", "remove it: a manifest has no labels of models"),
        ("MODEL_REST_URL", $"remove it; where a node is, its manifest says, or MODEL_HOST, or {Nodes}:NAME:RestUrl"),
        ("MODEL_GRPC_URL", $"remove it; where a node is, its manifest says, or MODEL_HOST, or {Nodes}:NAME:GrpcUrl"),
        ("SELDON_METHOD", "remove it: nodes are asked for predictions"),
    ];

    /// <summary>The graph; null if there is a problem.</summary>
    public static DeployedGraph? Read(SettingReader reader, Deployment deployment)
    {
        CheckClashes(reader);
        var notes = new ManifestNotes(deployment.Source);
        var root = new GraphReader(notes, deployment.IsDeployed).Read(deployment.Predictor.Section);
        if (root is null)
        {
            reader.Add(notes);
            return null;
        }
        // A name that is none is a problem of the route.
        var name = reader.Text("SELDON_PROTOCOL")?.ToLowerInvariant() ?? RouteOptions.DefaultProtocol;
        var protocol = ProtocolTable.Of(ProtocolTable.Names.Contains(name) ? name : RouteOptions.DefaultProtocol, Target.Model) with { Name = name };
        root = NodeNames.Distinguish(root, protocol, notes);
        var transport = ReadTransport(reader, deployment, root, notes);
        var (rest, grpc) = ReadTimeouts(reader, deployment, notes);
        // What is set for all nodes wins over a manifest, and what is set for a node over both.
        if (reader.Text("MODEL_TIMEOUT") is not null) (rest, grpc) = (null, null);
        CheckNodeSettings(reader, root);
        var graph = new DeployedGraph
        {
            Deployment = deployment,
            Root = new GraphResolver(reader, deployment, notes, protocol, transport, root, rest, grpc).Build(),
            Transport = transport,
            NotHonoured = [.. deployment.NotHonoured.Concat(notes.NotHonoured).OrderBy(n => n.Line)],
        };
        reader.Add(notes);
        if (graph is { IsSingleModel: true, Transport: Transport.Auto } && graph.Root.RestTimeout != graph.Root.GrpcTimeout)
            reader.Warn($"{RestTimeout} and {GrpcTimeout} differ: with both transports, a single model has one deadline, {(graph.Timeout is { } longer ? $"the longer, {longer.TotalMilliseconds:0} ms" : "that of MODEL_TIMEOUT")}.");
        return graph;
    }

    private static void CheckClashes(SettingReader reader)
    {
        foreach (var (setting, fix) in Clashing)
        {
            if (reader.Text(setting) is not null) reader.Problem(setting, "is set, and so is a manifest", fix);
        }
        if (reader.OneOf("SELDON_TARGET", "model", "model", "front-door") != "model")
            reader.Problem("SELDON_TARGET", "is 'front-door', but there is a manifest", "remove it: the nodes of a graph are model servers");
        if (reader.Entries("Seldon:Routes").Any())
            reader.Problem("Seldon:Routes", "is set, and so is a manifest", "keep one of them, and start a process for each manifest");
    }

    /// <summary>What the settings say; else the manifest for all; else its nodes, which must agree; else REST.</summary>
    private static Transport ReadTransport(SettingReader reader, Deployment deployment, PredictiveUnit root, ManifestNotes notes)
    {
        const string setting = "SELDON_TRANSPORT";
        var typed = root.All.Where(u => u.Endpoint.Type is not null).ToList();
        var isSet = reader.IsSet(setting);
        var declared = deployment.Transport ?? typed.FirstOrDefault()?.Endpoint.Type;
        if (!isSet && typed.FirstOrDefault(u => !declared!.Equals(u.Endpoint.Type, StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            var first = deployment.Transport is null ? $"that of the node '{typed[0].Name}' is {declared}" : $"spec.transport is {declared}";
            notes.Problem(other.Endpoint.Line, $"endpoint.type of the node '{other.Name}' is {other.Endpoint.Type}, but {first}", $"let them agree, or set {setting}");
        }
        if (declared is not null && deployment.Transport is null && !reader.IsFromManifest(setting))
            reader.SetFallback(setting, new ManifestSetting(declared, "endpoint.type", notes.PlaceOf(typed[0].Endpoint.Line)));
        return reader.OneOf(setting, "rest", "auto", "rest", "grpc") switch { "grpc" => Transport.Grpc, "auto" => Transport.Auto, _ => Transport.Rest };
    }

    private static (TimeSpan? OverRest, TimeSpan? OverGrpc) ReadTimeouts(SettingReader reader, Deployment deployment, ManifestNotes notes)
    {
        var annotations = deployment.Annotations.Concat(deployment.IsDeployed ? PodAnnotations.Read(reader) : []).ToList();
        return (Last(RestTimeout), Last(GrpcTimeout));

        TimeSpan? Last(string key)
        {
            TimeSpan? last = null;
            foreach (var (_, text, place) in annotations.Where(a => a.Key == key))
            {
                if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is > 0 and <= 3_600_000)
                    last = TimeSpan.FromMilliseconds(milliseconds);
                else
                    reader.Problem($"{place} {key}", $"is '{text}'", "use milliseconds from 1 to 3600000");
            }
            return last;
        }
    }

    private static void CheckNodeSettings(SettingReader reader, PredictiveUnit root)
    {
        var names = root.All.Select(u => u.Id).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (node, path, _) in reader.Entries(Nodes))
        {
            if (!names.Contains(node)) reader.Problem(path, "names no node of the graph", $"use one of {string.Join(", ", names.Take(50))}");
            foreach (var (key, itsPath, _) in reader.Entries(path).Where(e => !GraphResolver.Settings.Contains(e.Key, StringComparer.OrdinalIgnoreCase)))
                reader.Problem(itsPath, "is no setting of a node", $"use one of {string.Join(", ", GraphResolver.Settings)}");
        }
    }
}
