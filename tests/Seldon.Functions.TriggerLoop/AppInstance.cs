using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Seldon.Functions.App;

namespace Seldon.Functions.TriggerLoop;

/// <summary>The app's own function, made as the worker makes it.</summary>
public sealed class AppInstance : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <exception cref="InvalidDataException">The settings are wrong; the message is what the app says then.</exception>
    public AppInstance(IConfiguration configuration, ILoggerFactory loggers)
    {
        var services = new ServiceCollection();
        if (!services.TryAddInference(configuration, out var refusal)) throw new InvalidDataException(refusal);
        services.AddLogging();
        services.AddSingleton(loggers);
        _services = services.BuildServiceProvider();
        Function = ActivatorUtilities.CreateInstance<InferenceFunction>(_services);
    }

    public InferenceFunction Function { get; }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
