using Seldon.Functions.Records;
using Seldon.Functions.SeldonDeployments.Manifests;
using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>Reads the SeldonDeployment of a manifest, and which of its predictors is to run.</summary>
internal sealed class DeploymentReader(SettingReader reader, ManifestNotes notes)
{
    private const string Group = "machinelearning.seldon.io/";
    private const string SeparateEngine = "seldon.io/engine-separate-pod";

    private static readonly string[] Versions = [$"{Group}v1", $"{Group}v1alpha2", $"{Group}v1alpha3"];

    /// <summary>Annotations that have an effect.</summary>
    private static readonly string[] Known = [GraphSettings.RestTimeout, GraphSettings.GrpcTimeout, SeparateEngine];

    private readonly ManifestObjects _objects = new(reader, notes);

    /// <summary>The deployment of a manifest; null if there is a problem.</summary>
    public Deployment? ReadManifest(string text) => _objects.FindDeployment(text) is { } deployment ? ReadDeployment(deployment) : null;

    /// <summary>The deployment of a predictor alone, as Seldon's operator hands it to its executor; null if there is a problem.</summary>
    public Deployment? ReadPredictor(string text)
    {
        var documents = _objects.Documents(text);
        if (notes.Problems.Count > 0) return null;
        if (documents.Count != 1 || ManifestSection.Of(documents[0], "the predictor", notes) is not { } section)
        {
            if (notes.Problems.Count == 0) notes.Problem(1, "holds no predictor", "set it to the base64 of the JSON of a predictor, as Seldon's operator does");
            return null;
        }
        var predictor = new PredictorReader(reader, notes, isDeployed: true).Read(section);
        if (predictor.Name.Length > 0 && reader.Text("SELDON_PREDICTOR") is { } wanted && wanted != predictor.Name)
            reader.Problem("SELDON_PREDICTOR", $"is '{wanted}', but ENGINE_PREDICTOR holds '{predictor.Name}'", "remove it");
        return new Deployment
        {
            Source = notes.Source,
            Name = reader.Text("SELDON_DEPLOYMENT_ID"),
            Namespace = reader.Text("POD_NAMESPACE") ?? "default",
            Predictor = predictor,
            Predictors = [predictor],
            IsDeployed = true,
            Annotations = [.. predictor.Annotations.Select(a => (a.Key, a.Text, notes.PlaceOf(a.Line)))],
            NotHonoured = notes.NotHonoured,
        };
    }

    private Deployment? ReadDeployment(ManifestValue value)
    {
        var deployment = new ManifestSection(value, ManifestObjects.Kind, notes);
        deployment.PassOver("kind", "status");
        deployment.Word("apiVersion", Versions);
        if (!deployment.Has("apiVersion")) notes.Problem(value.Line, $"{ManifestObjects.Kind} has no apiVersion", $"use one of {string.Join(", ", Versions)}");
        var metadata = deployment.Section("metadata", "metadata");
        metadata?.PassOver("labels", "generateName", "creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "finalizers", "ownerReferences", "selfLink", "deletionTimestamp");
        var spec = deployment.Section("spec", "spec");
        if (spec is null)
        {
            notes.Problem(deployment.LineOf("spec"), $"{ManifestObjects.Kind} has no spec", "give it one with its predictors");
            return null;
        }
        var name = metadata?.Text("name") ?? spec.Text("name");
        if (name is null) notes.Problem(metadata?.Line ?? value.Line, $"{ManifestObjects.Kind} has no name", "give it metadata.name: the consumer group is named by it");
        spec.PassOver("name");
        foreach (var key in (string[])["oauth_key", "oauth_secret"]) spec.HasNoEffect(key, "no gateway stands before a topic");
        spec.HasNoEffect("replicas", "as many run as are started, one for each partition at most; KEDA's manifests are in keda/");
        ReadServerType(spec);
        var transport = spec.Text("transport");
        foreach (var (key, setting, text) in new[] { ("protocol", "SELDON_PROTOCOL", spec.Text("protocol")), ("transport", "SELDON_TRANSPORT", transport) })
        {
            if (text is not null) reader.SetFallback(setting, new ManifestSetting(text, $"spec.{key}", notes.PlaceOf(spec.LineOf(key))));
        }

        var annotations = (metadata?.Texts("annotations") ?? []).Concat(spec.Texts("annotations")).ToList();
        if (Select(spec) is not var (predictor, all)) return null;
        foreach (var (key, _, line) in annotations.Concat(predictor.Annotations).Where(a => a.Key.StartsWith("seldon.io/", StringComparison.Ordinal) && !Known.Contains(a.Key)))
            notes.HasNoEffect(line, $"the annotation {key}", "it is not known to this program, or has no meaning for records");
        var space = metadata?.Text("namespace") ?? reader.Text("POD_NAMESPACE") ?? "default";
        foreach (var section in new[] { metadata, spec, deployment }) section?.NameTheRest();
        return new Deployment
        {
            Source = notes.Source,
            Name = name,
            Namespace = space,
            Predictor = predictor,
            Predictors = all,
            Transport = transport,
            HasSeparateEngine = annotations.Any(a => a.Key == SeparateEngine),
            Annotations = [.. annotations.Concat(predictor.Annotations).Select(a => (a.Key, a.Text, notes.PlaceOf(a.Line)))],
            NotHonoured = notes.NotHonoured,
        };
    }

    private void ReadServerType(ManifestSection spec)
    {
        var type = spec.Word("serverType", "rpc", "kafka");
        if (type == "kafka") return;
        notes.HasNoEffect(spec.LineOf("serverType"), type is null ? "the absence of serverType: kafka" : $"serverType {type}", "the graph is run from Kafka, whatever it was written for");
    }

    /// <summary>The predictor that is to run, and all of them; null if that is not clear, which is a problem.</summary>
    private (Predictor Chosen, IReadOnlyList<Predictor> All)? Select(ManifestSection spec)
    {
        var sections = spec.Sections("predictors", "a predictor").Select(s => (Section: s, Name: s.Text("name") ?? "")).ToList();
        var wanted = reader.Text("SELDON_PREDICTOR");
        var names = string.Join(", ", sections.Take(20).Select(s => $"'{s.Name}'"));
        var chosen = sections.FindIndex(s => s.Name == wanted || (wanted is null && sections.Count == 1));
        if (sections.Count == 0)
            notes.Problem(spec.LineOf("predictors"), "spec has no predictors", "give it one with name and graph");
        else if (sections.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1) is { } again)
            notes.Problem(again.ElementAt(1).Section.Line, $"{again.Count()} predictors have the name '{again.Key}'", "give each a name of its own");
        else if (chosen < 0 && wanted is null)
            notes.Problem(spec.LineOf("predictors"), $"spec has {sections.Count} predictors, {names}",
                "choose one by SELDON_PREDICTOR: weights cannot be honoured, since each predictor reads a topic, and the gateway that splits requests does not stand before a topic");
        else if (chosen < 0)
            reader.Problem("SELDON_PREDICTOR", $"is '{wanted}', but {notes.PlaceOf(spec.LineOf("predictors"))} has {names}", "use one of these");
        if (chosen < 0 || sections.Select(s => s.Name).Distinct().Count() < sections.Count) return null;

        var all = sections.Select((s, i) =>
        {
            var its = i == chosen ? notes : new ManifestNotes(notes.Source);
            return new PredictorReader(reader, its, isDeployed: false).Read(new ManifestSection(s.Section.Itself, $"the predictor '{s.Name}'", its));
        }).ToList();
        return (all[chosen], all);
    }
}
