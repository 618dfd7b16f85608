using Seldon.Functions.SeldonDeployments.Manifests;
using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>Reads a predictor but for its graph: containers with their ports, settings, annotations.</summary>
/// <param name="isDeployed">Whether Seldon's operator has deployed it: then what is the operator's to do is done.</param>
internal sealed class PredictorReader(SettingReader reader, ManifestNotes notes, bool isDeployed)
{
    private const string NothingIsStarted = "no pod is started by this program";

    /// <summary>What is the operator's to do, and why it is not done here.</summary>
    private static readonly (string Key, string Reason)[] Operators =
    [
        ("replicas", "as many run as are started, one for each partition at most; KEDA's manifests are in keda/"),
        ("engineResources", NothingIsStarted),
        ("progressDeadlineSeconds", NothingIsStarted),
        ("traffic", "no gateway that splits requests stands before a topic: all of them are this predictor's"),
        ("explainer", "explanations are asked for by RPC, not by records"),
        ("ssl", "it is for serving RPC; TLS towards servers of https addresses is set by MODEL_CA_FILE and MODEL_CLIENT_CERT_FILE"),
    ];

    private static readonly string[] OfPods = ["hpaSpec", "kedaSpec", "pdbSpec", "replicas"];

    public Predictor Read(ManifestSection predictor)
    {
        var name = predictor.Text("name");
        if (name is null) notes.Problem(predictor.Line, "a predictor has no name", "give it one: the consumer group is named by it");
        predictor.PassOver("graph", "labels");
        foreach (var (key, reason) in Operators)
        {
            predictor.PassOver(key);
            if (!isDeployed) predictor.HasNoEffect(key, reason);
        }
        if (predictor.Text("shadow") is { } shadow && shadow is not ("false" or "False" or "no" or "off"))
            notes.HasNoEffect(predictor.LineOf("shadow"), $"shadow of {predictor.What}", "its results are published like any others; give it an output topic of its own");
        var read = new Predictor
        {
            Name = name ?? "",
            Line = predictor.Line,
            Section = predictor,
            Containers = ReadContainers(predictor),
            Environment = ReadEnvironment(predictor),
            Annotations = [.. predictor.Texts("annotations")],
        };
        predictor.NameTheRest();
        return read;
    }

    private List<ServerContainer> ReadContainers(ManifestSection predictor)
    {
        var containers = new List<ServerContainer>();
        foreach (var (pod, index) in predictor.Sections("componentSpecs", $"a componentSpec of {predictor.What}").Select((p, i) => (p, i)))
        {
            foreach (var container in pod.Section("spec", "spec of a componentSpec")?.Sections("containers", "a container") ?? [])
            {
                var ports = container.Sections("ports", $"a port of the container '{container.Text("name")}'").Select(p => (Name: p.Text("name"), Port: p.Number("containerPort", 65_535))).ToList();
                containers.Add(new ServerContainer(
                    container.Text("name") ?? "", index, ports.FirstOrDefault(p => p.Name == "http").Port, ports.FirstOrDefault(p => p.Name == "grpc").Port));
            }
            foreach (var key in isDeployed ? [] : OfPods) pod.HasNoEffect(key, NothingIsStarted);
        }
        if (!isDeployed) predictor.HasNoEffect("componentSpecs", $"{NothingIsStarted}; of the containers, names and ports are read");
        return containers;
    }

    private Dictionary<string, ManifestSetting> ReadEnvironment(ManifestSection predictor)
    {
        var environment = new Dictionary<string, ManifestSetting>(StringComparer.OrdinalIgnoreCase);
        if (predictor.Section("svcOrchSpec", $"svcOrchSpec of {predictor.What}") is not { } orchestrator) return environment;
        foreach (var variable in orchestrator.Sections("env", "a variable of svcOrchSpec.env"))
        {
            if (variable.Text("name") is not { } name)
            {
                notes.Problem(variable.Line, "a variable of svcOrchSpec.env has no name", "give it one");
                continue;
            }
            // As configuration's own reader of the environment does.
            var setting = name.Replace("__", ":", StringComparison.Ordinal);
            var value = variable.Value("value")?.Text;
            // What Kubernetes would put there, only Kubernetes knows; in its pod, it stands in the environment.
            if (variable.Has("valueFrom") || value?.Contains("$(", StringComparison.Ordinal) == true)
            {
                if (!reader.IsSet(setting))
                    notes.HasNoEffect(variable.Line, $"{name} of svcOrchSpec.env", "Kubernetes computes its value in a pod; set it in the environment");
            }
            else if (value is not null)
            {
                environment[setting] = new ManifestSetting(value, name, notes.PlaceOf(variable.Line));
            }
        }
        foreach (var key in (string[])["resources", "replicas"])
        {
            orchestrator.PassOver(key);
            if (!isDeployed) orchestrator.HasNoEffect(key, NothingIsStarted);
        }
        orchestrator.NameTheRest();
        return environment;
    }
}
