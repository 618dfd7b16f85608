using System.Diagnostics.CodeAnalysis;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Seldon.Functions.Kafka;

namespace Seldon.Functions.App;

/// <summary>What the function is made of. Nothing is made before the first batch asks for it.</summary>
internal static class InferenceServices
{
    /// <summary>Registers engine, publisher and bindings as the settings say, or says everything that is wrong with them.</summary>
    /// <param name="refusal">All problems in one line: the host logs each line of a worker that ends as a message of its own, and takes it for an error if it says "error".</param>
    public static bool TryAddInference(this IServiceCollection services, IConfiguration configuration, [NotNullWhen(false)] out string? refusal)
    {
        var app = FunctionsAppSettings.Read(configuration);
        var settings = app.Processor;
        IReadOnlyList<string> problems = [.. settings.Problems, .. BatchProcessor.Check(settings.Kafka)];
        if (problems.Count > 0)
        {
            refusal = problems.Count == 1 ? $"Error in the settings: {problems[0]}" : $"{problems.Count} errors in the settings: {string.Join(' ', problems)}";
            return false;
        }
        services.AddSingleton<IFunctionMetadataTransformer>(new BindingSettings(settings.Kafka, configuration));
        services.AddSingleton(app);
        services.AddSingleton(provider => MakeEngine(settings, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton(provider => new BatchProcessor(
            provider.GetRequiredService<InferenceEngine>(), settings.Kafka, TimeProvider.System, provider.GetRequiredService<ILoggerFactory>()));
        refusal = null;
        return true;
    }

    private static InferenceEngine MakeEngine(ProcessorSettings settings, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Seldon.Functions");
        foreach (var warning in settings.Warnings) Log.SettingWithoutEffect(logger, warning);
        return InferenceEngine.Create(settings.Engine, loggers, TimeProvider.System);
    }
}
