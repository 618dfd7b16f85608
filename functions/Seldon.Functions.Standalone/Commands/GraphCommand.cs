using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Kafka;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Reference;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions graph</c>: shows what a manifest would run, and what of it is not honoured.</summary>
internal static class GraphCommand
{
    private const string Description = """
        Show the graph of a SeldonDeployment as 'run' would run it with the same settings: nodes, what they are asked for, where they are,
        deadlines, topics, consumer group, and what of the manifest is not honoured, each with its reason. Nothing is called.
        Exit codes: 0 it can run, with what the warnings say is missing; 2 it cannot, and why.
        """;

    public static Command Create()
    {
        var manifest = new Argument<string>("manifest") { Description = "A file with a SeldonDeployment, YAML or JSON." };
        var predictor = new Option<string?>("--predictor") { Description = "The predictor to show, where there are several." };
        var deployment = new Option<string?>("--deployment") { Description = "The SeldonDeployment to show, where the file has several." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object, and nothing else, on standard output." };
        var command = new Command("graph", Description) { manifest, deployment, predictor, json };
        command.SetAction(parsed => Show(parsed.GetRequiredValue(manifest), parsed.GetValue(deployment), parsed.GetValue(predictor), parsed.GetValue(json)));
        return command;
    }

    private static int Show(string manifest, string? deployment, string? predictor, bool json)
    {
        if (RunCommand.ReadConfiguration() is not { } configuration) return ExitCode.Usage;
        var given = new Dictionary<string, string?> { ["SELDON_DEPLOYMENT"] = manifest, ["ENGINE_PREDICTOR"] = "" };
        if (deployment is not null) given["SELDON_DEPLOYMENT_ID"] = deployment;
        if (predictor is not null) given["SELDON_PREDICTOR"] = predictor;
        var givenAs = new Dictionary<string, string> { ["SELDON_DEPLOYMENT"] = "The manifest", ["SELDON_PREDICTOR"] = "--predictor" };
        if (predictor is null) givenAs.Remove("SELDON_PREDICTOR");
        if (deployment is not null) givenAs["SELDON_DEPLOYMENT_ID"] = "--deployment";
        var settings = ProcessorSettings.Read(new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(given).Build(), givenAs: givenAs, isOnlyShown: true);
        if (settings.Problems.Count > 0 || settings.Graph is null) return RunCommand.Refuse(settings.Problems);

        var display = new GraphDisplay(settings, settings.Graph, name => givenAs.ContainsKey(name) ? null : EffectiveSettings.PlaceOf(configuration, name));
        if (json) display.ShowJson();
        else display.Show();
        return ExitCode.Success;
    }
}
