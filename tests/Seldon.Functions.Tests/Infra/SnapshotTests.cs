using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.Infra;

/// <summary>
/// What would be deployed, and that it fits the app. <see cref="BicepTests"/> makes sure that the snapshots are what the template makes.
/// </summary>
public partial class SnapshotTests
{
    private const string OverHostJson = "AzureFunctionsJobHost__";

    /// <summary>Settings that the Functions host reads.</summary>
    private static readonly string[] OfTheHost =
    [
        "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__credential", "AzureWebJobsStorage__clientId",
        "APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "FUNCTIONS_ENABLE_DRAIN_ON_APP_STOPPING",
    ];

    [Theory]
    [InlineData("KAFKA_GROUP")] // of another product
    [InlineData("MODEL_NAMES")]
    [InlineData("Seldon__Kafka__Producers__compression_type")]
    public void MisspeltSetting_IsSeenToBeReadByNobody(string name)
    {
        var settings = new AskedSettings(new Snapshot("dev").SettingsInAzure.Append(new(name, "x"))).Read();

        Assert.StartsWith(name.Replace("__", ":", StringComparison.Ordinal), Assert.Single(settings.Problems.Concat(settings.Warnings)), StringComparison.Ordinal);
    }

    /// <summary>What wins over host.json must stand there, too, or it is misspelt.</summary>
    [Fact]
    public void SettingsOverHostJson_AreInHostJson()
    {
        var hostJson = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "host.json")))!;
        var overriding = new Snapshot("dev").AppSettings.Keys.Where(s => s.StartsWith(OverHostJson, StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(overriding);
        Assert.All(overriding, s => Assert.NotNull(s.Split("__")[1..].Aggregate((JsonNode?)hostJson, (node, name) => node?[name])));
    }

    [Fact]
    public void EveryEnvironment_HasItsSnapshot() =>
        Assert.Equal(["dev", "main", "prod"], Template.OfTheRepository.Environments()); // main is azd's: its values come from outside.

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void AppSettings_AreRightAndRead(string environment)
    {
        var snapshot = new Snapshot(environment);
        var asked = new AskedSettings(snapshot.SettingsInAzure);

        var settings = asked.Read();

        Assert.Empty(settings.Problems);
        Assert.Empty(settings.Warnings);
        Assert.Empty(snapshot.AppSettings.Keys.Where(s => !s.StartsWith(OverHostJson, StringComparison.Ordinal)).Except(OfTheHost).Except(asked.Names));
        // The plan takes no others.
        Assert.All(snapshot.AppSettings.Keys, s => Assert.Matches("^[A-Za-z0-9_]+$", s));
    }

    /// <summary>The platform reads topic and group from the settings; what the app makes of unset ones must be the same.</summary>
    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void GroupAndErrorTopic_AreTheDefaults(string environment)
    {
        var settings = new Snapshot(environment).SettingsInAzure;
        var shipped = new AskedSettings(settings).Read().Kafka;
        var effective = new AskedSettings(settings.Where(s => s.Key is not ("KAFKA_CONSUMER_GROUP" or "KAFKA_ERROR_TOPIC"))).Read().Kafka;

        Assert.Equal((shipped.Group, shipped.Output.Errors), (effective.Group, effective.Output.Errors));
    }

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void Plan_IsFlexConsumptionWithTheRuntimeOfTheBuild(string environment)
    {
        var snapshot = new Snapshot(environment);
        var app = snapshot.One("Microsoft.Web/sites")["properties"]!["functionAppConfig"]!;

        Assert.Equal("FC1", (string?)snapshot.One("Microsoft.Web/serverfarms")["sku"]!["name"]);
        Assert.Equal(("dotnet-isolated", $"{Environment.Version.Major}.0"), ((string?)app["runtime"]!["name"], (string?)app["runtime"]!["version"]));
        Assert.Equal("blobContainer", (string?)app["deployment"]!["storage"]!["type"]);
        Assert.All(app["scaleAndConcurrency"]!["alwaysReady"]!.AsArray(), r => Assert.Equal("function:Inference", (string?)r!["name"]));
        // Refused there, or without effect.
        Assert.DoesNotContain(snapshot.AppSettings.Keys, s => s is "FUNCTIONS_WORKER_RUNTIME" or "FUNCTIONS_EXTENSION_VERSION" || s.StartsWith("WEBSITE_", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void NothingIsOpenedByAKey_AndEverySecretIsAReference(string environment)
    {
        var snapshot = new Snapshot(environment);
        var site = snapshot.One("Microsoft.Web/sites");

        Assert.False((bool)snapshot.One("Microsoft.Storage/storageAccounts")["properties"]!["allowSharedKeyAccess"]!);
        Assert.False((bool)snapshot.One("Microsoft.Storage/storageAccounts")["properties"]!["allowBlobPublicAccess"]!);
        Assert.True((bool)snapshot.One("Microsoft.Insights/components")["properties"]!["DisableLocalAuth"]!);
        Assert.True((bool)snapshot.One("Microsoft.KeyVault/vaults")["properties"]!["enableRbacAuthorization"]!);
        Assert.Equal("UserAssigned", (string?)site["identity"]!["type"]);
        Assert.Equal("UserAssignedIdentity", (string?)site["properties"]!["functionAppConfig"]!["deployment"]!["storage"]!["authentication"]!["type"]);
        Assert.NotNull(site["properties"]!["keyVaultReferenceIdentity"]);
        Assert.Equal(3, snapshot.Of("Microsoft.Authorization/roleAssignments").Count);
        Assert.All(snapshot.AppSettings.Where(s => Secret().IsMatch(s.Key)), s => Assert.Contains("@Microsoft.KeyVault(SecretUri=", s.Value, StringComparison.Ordinal));
        Assert.Contains(snapshot.AppSettings.Keys, Secret().IsMatch);
        Assert.DoesNotContain(snapshot.AppSettings.Values, v => v.Contains("AccountKey", StringComparison.Ordinal) || v.Contains("SharedAccessKey", StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Snapshot.Environments), MemberType = typeof(Snapshot))]
    public void NamesAndTags_AreWhatAzureAndAzdTake(string environment)
    {
        var snapshot = new Snapshot(environment);

        Assert.Matches("^[a-z0-9]{3,24}$", (string?)snapshot.One("Microsoft.Storage/storageAccounts")["name"]);
        Assert.Matches("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", (string?)snapshot.One("Microsoft.KeyVault/vaults")["name"]);
        Assert.Matches("^[a-z][a-z0-9-]{1,58}[a-z0-9]$", (string?)snapshot.One("Microsoft.Web/sites")["name"]);
        Assert.All(snapshot.All.Where(r => r["location"] is not null), r => Assert.Equal($"seldon-functions-{environment}", (string?)r["tags"]!["azd-env-name"]));
        Assert.Equal(AzureYaml.Read().Services.Keys, [(string)snapshot.One("Microsoft.Web/sites")["tags"]!["azd-service-name"]!]);
    }

    [Fact]
    public void WithoutACluster_ANamespaceIsMadeWithTheTopics()
    {
        var snapshot = new Snapshot("dev");
        var settings = snapshot.AppSettings;

        Assert.Equal("Standard", (string?)snapshot.One("Microsoft.EventHub/namespaces")["sku"]!["name"]); // Basic has no Kafka.
        Assert.Equal(
            ((string[])["KAFKA_INPUT_TOPIC", "KAFKA_OUTPUT_TOPIC", "KAFKA_ERROR_TOPIC"]).Select(s => settings[s]),
            snapshot.Of("Microsoft.EventHub/namespaces/eventhubs").Select(h => ((string)h["name"]!).Split('/')[^1]));
        Assert.Equal(["Listen", "Send"], snapshot.One("Microsoft.EventHub/namespaces/authorizationRules")["properties"]!["rights"]!.AsArray().Select(r => (string?)r));
        Assert.Equal(("SASL_SSL", "PLAIN"), (settings["KAFKA_SECURITY_PROTOCOL"], settings["KAFKA_SASL_MECHANISM"]));
        // It refuses our usual compression, and closes the connection on what is too large.
        var producer = new AskedSettings(snapshot.SettingsInAzure).Read().Kafka.Producer;
        Assert.Equal(("none", "1000000"), (producer["compression.type"], producer["message.max.bytes"]));
        Assert.Equal(2, snapshot.Of("Microsoft.KeyVault/vaults/secrets").Count);
    }

    [Fact]
    public void WithACluster_NoNamespaceIsMade()
    {
        var snapshot = new Snapshot("prod");

        Assert.Empty(snapshot.Of("Microsoft.EventHub/namespaces"));
        Assert.DoesNotContain('[', snapshot.AppSettings["KAFKA_BROKER"]);
        Assert.DoesNotContain(snapshot.AppSettings.Keys, s => s.StartsWith("Seldon__", StringComparison.Ordinal) || s.StartsWith(OverHostJson, StringComparison.Ordinal));
    }

    [GeneratedRegex("(PASSWORD|USERNAME|SECRET|CLIENT_KEY)$")]
    private static partial Regex Secret();
}
