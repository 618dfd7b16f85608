using System.Text;
using Microsoft.Extensions.Configuration;
using Seldon.Functions.Demo.Dialects;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;
using Seldon.Functions.Settings;
using Seldon.Functions.Standalone.OpenProtocols;

namespace Seldon.Functions.Standalone.Bench;

/// <summary>A model server, and requests that it is asked: what <c>bench</c> measures.</summary>
internal sealed class BenchTarget
{
    public const string Rest = "rest";
    public const string Grpc = "grpc";

    /// <summary>So many requests of the embedded model are different.</summary>
    private const int Flowers = 256;

    private const long MostBytes = 64 * 1024 * 1024;

    /// <summary>The route; how many calls, and rows a call, changes from measurement to measurement.</summary>
    public required RouteOptions Route { get; init; }

    /// <summary>The requests, which are taken in turn.</summary>
    public required IReadOnlyList<Record> Requests { get; init; }

    /// <summary>The rows of a request, the most of all; null if one of them can never share a call.</summary>
    public int? RowsOfRequest { get; private init; }

    /// <summary>What answers, for a person.</summary>
    public required string Name { get; init; }

    /// <summary>A server somewhere.</summary>
    /// <param name="configuration">The settings of <c>run</c>; those named <c>MODEL_…</c> and <c>SELDON_…</c> hold where no option says otherwise.</param>
    /// <param name="options">Settings that options of the command give, by name.</param>
    /// <param name="givenAs">The options, by the names of their settings.</param>
    /// <param name="files">The files with requests.</param>
    /// <returns>The server, or what is wrong.</returns>
    public static async Task<(BenchTarget? Target, IReadOnlyList<string> Problems)> AtAsync(
        IConfiguration configuration, IReadOnlyDictionary<string, string?> options, IReadOnlyDictionary<string, string> givenAs, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var settings = RouteSettings.FlatNames.ToDictionary(n => n, n => configuration[n]);
        foreach (var (name, value) in options)
        {
            if (value is not null) settings[name] = value;
        }
        var isGrpc = settings["SELDON_TRANSPORT"] == Grpc;
        var url = isGrpc ? "MODEL_GRPC_URL" : "MODEL_REST_URL";
        settings[isGrpc ? "MODEL_REST_URL" : "MODEL_GRPC_URL"] = null;
        settings["MODEL_CONTROL_FILE"] = null;
        var names = new Dictionary<string, string>(givenAs) { [url] = "--url" };
        var reader = ToReader();
        var route = RouteSettings.Read(reader, null)[0];
        if (reader.Problems.Count == 0 && route.OpenProtocol is not null)
        {
            var (found, open) = await new OpenRoute(route, "--protocol").AskAsync(TimeProvider.System, cancellationToken).ConfigureAwait(false);
            if (found is null) return (null, [$"{open}"]);
            settings["SELDON_PROTOCOL"] = found.Protocol;
            reader = ToReader();
            route = RouteSettings.Read(reader, null)[0];
        }
        var requests = files.Select((f, i) => Read(reader, f, i, isGrpc)).OfType<Record>().ToList();
        if (reader.Problems.Count > 0) return (null, reader.Problems);
        // A gRPC request says of what type it is: where nothing is said, it is the one that asks for a prediction.
        if (isGrpc) route = route with { DefaultProtoName = route.DefaultProtoName ?? Encoding.UTF8.GetString(ProtocolTable.Of(route.Protocol, route.Target).Methods[0].RequestType) };
        return (Of(route, requests, $"{settings[url]}"), []);

        SettingReader ToReader() => new(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), names) { LeavesProtocolsOpen = true };
    }

    /// <summary>The embedded model.</summary>
    public static BenchTarget Embedded(EmbeddedModel model, string protocol, string transport)
    {
        var dialect = DialectList.All.First(d => d.Protocol == protocol && d.TransportName == transport);
        var route = new RouteOptions
        {
            Name = "default",
            Protocol = protocol,
            Model = new ModelSelector(FlowerModel.Name),
            Transport = dialect.Transport,
            RestUrl = dialect.Transport == Transport.Rest ? model.RestUrl : null,
            GrpcUrl = dialect.Transport == Transport.Grpc ? model.GrpcUrl : null,
        };
        var requests = Enumerable.Range(0, Flowers).Select(i =>
        {
            var (value, type) = dialect.Requests[0](Flower.Sample(i).ToFeatures());
            return ToRecord(i, value, type);
        });
        return Of(route, [.. requests], "the embedded model");
    }

    private static BenchTarget Of(RouteOptions route, IReadOnlyList<Record> requests, string name)
    {
        var rows = requests.Select(r => RowsOf(route, r)).ToList();
        return new BenchTarget { Route = route, Requests = requests, RowsOfRequest = rows.Contains(null) ? null : rows.Max(), Name = name };
    }

    /// <summary>The rows of a request, by what the product itself reads.</summary>
    private static int? RowsOf(RouteOptions route, Record request)
    {
        var protocol = ProtocolTable.Of(route.Protocol, route.Target);
        if (route.Transport != Transport.Grpc) return protocol.JsonRows.Request(request.Value!, 0)?.Rows;
        var type = request.Headers.Count(HeaderNames.ProtoName, out var named) > 0 ? named : Encoding.UTF8.GetBytes(route.DefaultProtoName!);
        return protocol.Methods.FirstOrDefault(m => m.RequestType.AsSpan().SequenceEqual(type))?.Rows?.Request(request.Value!, 0)?.Rows;
    }

    private static Record? Read(SettingReader reader, string file, int number, bool isGrpc)
    {
        var name = $"--request {file}";
        try
        {
            var length = new FileInfo(file).Length;
            if (length is > 0 and <= MostBytes) return ToRecord(number, File.ReadAllBytes(file), isGrpc ? null : Dialect.JsonType);
            reader.Problem(name, length == 0 ? "is empty" : $"has {length} bytes", $"name a file with one request, of at most {MostBytes} bytes");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            reader.Problem(name, "cannot be read", "name a file that is there and that you may read");
        }
        return null;
    }

    private static Record ToRecord(int number, byte[] value, Header? type) => new("bench", 0, number, 0, null, value, type is { } header ? [header] : []);
}
