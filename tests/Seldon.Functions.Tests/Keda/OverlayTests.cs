using System.Text.Json.Nodes;
using k8s;

namespace Seldon.Functions.Tests.Keda;

/// <summary>The manifests as they are delivered.</summary>
public sealed class OverlayTests : IDisposable
{
    private readonly Sources _sources = new();

    public static readonly TheoryData<string> Folders = [.. Overlay.Folders];

    public void Dispose() => _sources.Dispose();

    [Fact]
    public void EveryFolderOfManifests_IsLookedAt() => Assert.Equal(
        Overlay.Folders.Append("keda/monitoring").Append("keda/components/private-ca").Order(),
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "keda"), "kustomization.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(f)!).Replace('\\', '/')).Order());

    [Fact]
    public void EveryFile_IsStrictYaml() =>
        Assert.All(Directory.EnumerateFiles(Path.Combine(Repository.Root, "keda"), "*.yaml", SearchOption.AllDirectories), f => Assert.NotEmpty(StrictYaml.Parse(File.ReadAllText(f))));

    [Fact]
    public void EverySampleOfASecret_IsASecret()
    {
        var samples = new[] { "keda/base", "keda/overlays/mtls", "keda/components/private-ca" };

        Assert.All(samples, s => Assert.Empty(ObjectCheck.Form(s, StrictYaml.Parse(_sources.Read($"{s}/secret.sample.yaml"))).Select(p => p.Say(_sources))));
    }

    [Theory, MemberData(nameof(Folders))]
    public void Overlay_HasNoMistake(string folder) => Assert.Empty(Problem.AllIn(_sources, folder));

    [Fact]
    public void BasesUserAndPort_AreThoseOfItsImage()
    {
        var image = File.ReadAllText(Path.Combine(Repository.Root, "functions/Seldon.Functions.App/Dockerfile"));
        var overlay = Overlay.Read(_sources, "keda/base");

        Assert.Contains($"USER {overlay.Pod["securityContext"]!["runAsUser"]}:{overlay.Pod["securityContext"]!["runAsGroup"]}\n", image, StringComparison.Ordinal);
        Assert.Contains($"EXPOSE {overlay.Container["ports"]![0]!["containerPort"]}\n", image, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Folders))]
    public void CoreTypes_AreStrictlyParsedByTheKubernetesClient(string folder)
    {
        var text = string.Join("\n---\n", Documents(folder).Where(d => !d.Contains("keda.sh/", StringComparison.Ordinal)));

        var objects = KubernetesYaml.LoadAllFromString(text, strict: true);

        Assert.Contains(objects, o => o is k8s.Models.V1Deployment { Spec.Template.Spec.Containers.Count: 1 });
        Assert.All(objects, o => Assert.StartsWith("V1", o.GetType().Name, StringComparison.Ordinal));
    }

    [Fact]
    public void FieldThatKubernetesDoesNotHave_IsRefusedByItsClient() => Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(
        Documents("keda/base").Single(d => d.Contains("kind: Deployment", StringComparison.Ordinal)).Replace("revisionHistoryLimit", "revisionHistoryLimt", StringComparison.Ordinal), strict: true));

    [Theory, MemberData(nameof(Folders))]
    public void KedaObjects_AreOfKedasOwnDefinitions(string folder)
    {
        var overlay = Overlay.Read(_sources, folder);

        foreach (var (kind, file) in new[] { ("ScaledObject", "keda.sh_scaledobjects.yaml"), ("TriggerAuthentication", "keda.sh_triggerauthentications.yaml") })
        {
            var definition = StrictYaml.Parse(File.ReadAllText(KedaFile(file)))[0]["spec"]!["versions"]!.AsArray().Single(v => v!["name"]!.GetValue<string>() == "v1alpha1")!;
            var schema = new Schema(definition["schema"]!["openAPIV3Schema"]!.AsObject(), isClosed: true);
            foreach (var one in overlay.Objects.Where(o => o["kind"]!.GetValue<string>() == kind))
            {
                var bare = one.DeepClone().AsObject();
                // The definition leaves it to the server.
                bare.Remove("metadata");
                Assert.Empty(schema.Check(bare));
            }
        }
    }

    [Theory, MemberData(nameof(Folders))]
    public void KeysOfTriggerAndAuthentication_AreThoseThatKedaReads(string folder)
    {
        var overlay = Overlay.Read(_sources, folder);
        var scalers = JsonNode.Parse(File.ReadAllText(KedaFile("scalers-schema.json")))!["scalers"]!.AsArray();
        var keys = scalers.Single(s => s!["type"]!.GetValue<string>() == "kafka")!["parameters"]!.AsArray().ToDictionary(p => p!["name"]!.GetValue<string>());

        // What KEDA does not read, and is there for it to see a change.
        foreach (var (key, value) in overlay.Trigger["metadata"]!.AsObject().Where(m => m.Key != "configMap"))
        {
            var isVariable = key.EndsWith("FromEnv", StringComparison.Ordinal);
            var known = keys.GetValueOrDefault(isVariable ? key[..^"FromEnv".Length] : key);
            Assert.True(known?[isVariable ? "envVariableReadable" : "metadataVariableReadable"]?.GetValue<bool>() == true, $"KEDA does not read {key}.");
            if (!isVariable && known!["allowedValue"] is JsonArray allowed) Assert.Contains(allowed, a => JsonNode.DeepEquals(a, value));
        }
        foreach (var reference in overlay.Objects.Where(o => o["kind"]!.GetValue<string>() == "TriggerAuthentication").SelectMany(o => Overlay.Items(o["spec"]!["secretTargetRef"])))
            Assert.True(keys[reference["parameter"]!.GetValue<string>()]!["triggerAuthenticationVariableReadable"]!.GetValue<bool>());
    }

    [Fact]
    public void NamePrefixOfAnOverlay_ReachesEveryReference()
    {
        _sources.Write("keda/overlays/mine/kustomization.yaml", "kind: Kustomization\nresources:\n  - ../../base\nnamePrefix: fraud-\n");

        var overlay = Overlay.Read(_sources, "keda/overlays/mine");

        Assert.Equal("fraud-seldon-functions", overlay.ScaledObject["metadata"]!["name"]!.GetValue<string>());
        Assert.Empty(ObjectCheck.Check(overlay).Select(p => p.Say(_sources)));
    }

    /// <summary>KEDA reads the environment of the pods again only when the ScaledObject itself has changed.</summary>
    [Theory, InlineData("keda/base"), InlineData("keda/overlays/scram")]
    public void ChangedSetting_ChangesTheScaledObject(string folder)
    {
        var before = Overlay.Read(_sources, folder).ScaledObject["spec"]!.ToJsonString();
        _sources.Edit("keda/base/kustomization.yaml", "KAFKA_INPUT_TOPIC=requests", "KAFKA_INPUT_TOPIC=flowers");

        var overlay = Overlay.Read(_sources, folder);

        Assert.NotEqual(before, overlay.ScaledObject["spec"]!.ToJsonString());
        Assert.True(JsonNode.DeepEquals(overlay.Trigger["metadata"]!["configMap"], overlay.One("ConfigMap")["metadata"]!["name"]));
    }

    [Theory, InlineData("base"), InlineData("overlays/standalone"), InlineData("overlays/scram")]
    public void PrivateAuthority_IsTrustedByTheProcessorAndByKeda(string folder)
    {
        _sources.Write("keda/overlays/mine/kustomization.yaml", $"kind: Kustomization\nresources:\n  - ../../{folder}\ncomponents:\n  - ../../components/private-ca\n");

        var overlay = Overlay.Read(_sources, "keda/overlays/mine");

        Assert.Empty(Problem.AllIn(_sources, "keda/overlays/mine"));
        Assert.Contains(Overlay.Items(overlay.One("TriggerAuthentication")["spec"]!["secretTargetRef"]), r => r["parameter"]!.GetValue<string>() == "ca");
        Assert.Equal("/etc/kafka/ca.crt", overlay.Environment()["KAFKA_SSL_CA_CERT_FILE"]);
    }

    /// <summary>The command that the manifest gives to find out asks for a field that came with the version that is needed.</summary>
    [Fact]
    public void FieldByWhichKedasAgeIsSeen_IsInItsDefinition()
    {
        const string Field = "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.tolerance";
        Assert.Contains($"kubectl explain scaledobject.{Field}", _sources.Read("keda/base/scaled-object.yaml"), StringComparison.Ordinal);
        Assert.Contains($"kubectl explain scaledobject.{Field}", File.ReadAllText(Path.Combine(Repository.Root, "docs/kubernetes.md")), StringComparison.Ordinal);
        var definition = StrictYaml.Parse(File.ReadAllText(KedaFile("keda.sh_scaledobjects.yaml")))[0]["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"];

        Assert.NotNull(Field.Split('.').Aggregate(definition, (schema, name) => schema?["properties"]?[name]));
    }

    [Fact]
    public void OtherImageOfTheBase_IsNotThatOfTheStandaloneOverlays()
    {
        _sources.Edit("keda/base/kustomization.yaml", "newName: seldon-functions-app", "newName: registry.example.com/app");

        Assert.Equal("registry.example.com/app:0.1.0", Overlay.Read(_sources, "keda/base").Container["image"]!.GetValue<string>());
        Assert.All(["standalone", "scram", "dev"], o => Assert.Equal("seldon-functions-standalone:0.1.0", Overlay.Read(_sources, $"keda/overlays/{o}").Container["image"]!.GetValue<string>()));
    }

    private string[] Documents(string folder) => _sources.Render(folder).Split("\n---\n");

    private static string KedaFile(string name)
    {
        var file = Path.Combine(Repository.Root, "../shared/keda", name);
        Assert.SkipUnless(File.Exists(file), $"KEDA's {name} is not here; our own schema is checked all the same.");
        return file;
    }
}
