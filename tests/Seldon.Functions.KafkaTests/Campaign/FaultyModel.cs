using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Seldon.Functions.Demo;
using Seldon.Functions.Demo.Dialects.TensorFlow;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Records;

namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>
/// The flowers' model over REST, which can go down and come back at its address, and which misbehaves for the records that ask for
/// it in a header.
/// </summary>
internal sealed class FaultyModel : IAsyncDisposable
{
    /// <summary>The header of an input record, which a model gets to see as well.</summary>
    private const string Header = "campaign-poison";

    /// <summary>The ways to misbehave, and the reasons of the dead letters that are to come of them.</summary>
    public static readonly IReadOnlyDictionary<string, RejectionReason> Poisons = new Dictionary<string, RejectionReason>
    {
        ["500"] = RejectionReason.ModelFailed,
        ["hang"] = RejectionReason.ModelTimeout,
        ["reset"] = RejectionReason.ConnectionLost,
        ["garbage"] = RejectionReason.InvalidAnswer,
        ["large"] = RejectionReason.ResultTooLarge,
    };

    private static readonly FlowerModel Flowers = new(TimeSpan.FromMilliseconds(5), TimeProvider.System);

    private WebApplication? _app;
    private int _port;

    private FaultyModel()
    {
    }

    public Uri Url => new($"http://127.0.0.1:{_port}");

    public static async Task<FaultyModel> StartAsync()
    {
        var model = new FaultyModel();
        await model.ComeUpAsync();
        return model;
    }

    /// <summary>The record with the header that makes the model misbehave, on a partition of its own choice.</summary>
    public static ProducerRecord Poison(ProducerRecord record, string how, int partition) => record with
    {
        Key = null,
        SourcePartition = partition,
        Headers = [.. record.Headers, new Header(Header, Encoding.UTF8.GetBytes(how))],
    };

    /// <summary>Why an input record is to become a dead letter; null if it is not for what the model does.</summary>
    public static string? ReasonFor(Record input) =>
        input.Headers.Count(Header, out var how) > 0 ? Poisons[Encoding.UTF8.GetString(how!)].ToWire() : null;

    /// <summary>Takes connections, at the address that it had before if it had one.</summary>
    public async Task ComeUpAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        // The usual lifetime would take signals for itself.
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        _app = builder.Build();
        var flowers = new TensorFlowRest(Flowers);
        _app.Run(context => context.Request.Headers.TryGetValue(Header, out var how) ? MisbehaveAsync(context, how!) : flowers.HandleAsync(context));
        await _app.StartAsync();
        _port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    /// <summary>Cuts all connections and takes no new ones.</summary>
    public ValueTask GoDownAsync() => _app!.DisposeAsync();

    public ValueTask DisposeAsync() => GoDownAsync();

    private static Task MisbehaveAsync(HttpContext context, string how)
    {
        switch (how)
        {
            case "500":
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return context.Response.WriteAsync("""{"error":"out of luck"}""", context.RequestAborted);
            case "hang":
                return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            case "reset":
                context.Abort();
                return Task.CompletedTask;
            case "large":
                var noise = Convert.ToBase64String(RandomNumberGenerator.GetBytes(300_000));
                return context.Response.WriteAsync($$"""{"predictions":"{{noise}}"}""", context.RequestAborted);
            default:
                return context.Response.WriteAsync("<html>Welcome!</html>", context.RequestAborted);
        }
    }
}
