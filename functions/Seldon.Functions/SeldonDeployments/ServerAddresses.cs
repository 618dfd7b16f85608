using System.Security.Cryptography;
using System.Text;
using Seldon.Functions.SeldonDeployments.Manifests;
using Seldon.Functions.Settings;

namespace Seldon.Functions.SeldonDeployments;

/// <summary>Where the servers of the nodes are: as the manifest says it, else as v1's operator would have placed them.</summary>
internal sealed class ServerAddresses
{
    private const int FirstRestPort = 9000;
    private const int FirstGrpcPort = 9500;
    private const int LongestServiceName = 63;
    private const string Localhost = "localhost";

    private readonly Deployment _deployment;
    private readonly Dictionary<string, int> _numbers = [];
    private readonly string? _host;
    private readonly bool _isGrpc;
    private readonly SettingReader _reader;

    public ServerAddresses(SettingReader reader, Deployment deployment, PredictiveUnit root)
    {
        (_reader, _deployment) = (reader, deployment);
        _host = reader.Text("MODEL_HOST");
        if (_host is not null && Uri.CheckHostName(_host) == UriHostNameType.Unknown)
        {
            reader.Problem("MODEL_HOST", $"is '{_host}'", "use a host name or an address, without scheme and port");
            _host = null;
        }
        var declared = deployment.Transport ?? root.All.Select(u => u.Endpoint.Type).FirstOrDefault(t => t is not null);
        _isGrpc = "grpc".Equals(declared, StringComparison.OrdinalIgnoreCase);
        Number(root);
    }

    /// <summary>Whether there is a server of its own for the node.</summary>
    public bool HasServer(PredictiveUnit unit) => ContainerOf(unit) is not null || unit.Endpoint is not { ServiceHost: null, ServicePort: null, HttpPort: null, GrpcPort: null }
        || _reader.Text($"Seldon:Nodes:{unit.Id}:RestUrl") is not null || _reader.Text($"Seldon:Nodes:{unit.Id}:GrpcUrl") is not null;

    /// <summary>What the container says, then the endpoint, then the endpoint's older form, then the number of the container.</summary>
    public (int? RestPort, int? GrpcPort) PortsOf(PredictiveUnit unit)
    {
        var (container, endpoint) = (ContainerOf(unit), unit.Endpoint);
        int? number = (container is not null || unit.IsPrepackaged) && _numbers.TryGetValue(unit.Name, out var found) ? found : null;
        return (
            container?.HttpPort ?? endpoint.HttpPort ?? (_isGrpc ? null : endpoint.ServicePort) ?? FirstRestPort + number,
            container?.GrpcPort ?? endpoint.GrpcPort ?? (_isGrpc ? endpoint.ServicePort : null) ?? FirstGrpcPort + number);
    }

    /// <summary>Null if there is nothing to go by.</summary>
    public string? HostOf(PredictiveUnit unit)
    {
        if ((_host ?? unit.Endpoint.ServiceHost) is { } host) return host;
        var container = ContainerOf(unit);
        if (container is null && !unit.IsPrepackaged) return null;
        // Beside the executor is the first pod; prepackaged servers are added there.
        if (!_deployment.HasSeparateEngine && (unit.IsPrepackaged || container!.Pod == 0)) return Localhost;
        return $"{ServiceName($"{_deployment.Name}-{_deployment.Predictor.Name}-{unit.Name}")}.{_deployment.Namespace}.svc.cluster.local.";
    }

    private ServerContainer? ContainerOf(PredictiveUnit unit) => _deployment.Predictor.Containers.FirstOrDefault(c => c.Name == unit.Name);

    /// <summary>Each name has the next number once: of each predictor first the containers, then the prepackaged servers without one.</summary>
    private void Number(PredictiveUnit root)
    {
        foreach (var predictor in _deployment.Predictors)
        {
            foreach (var container in predictor.Containers) _numbers.TryAdd(container.Name, _numbers.Count);
            // What is wrong with the graphs that do not run is not said.
            var graph = predictor == _deployment.Predictor ? root : new GraphReader(new ManifestNotes(""), isDeployed: true).Read(predictor.Section);
            foreach (var unit in (graph?.All ?? []).Where(u => u.IsPrepackaged)) _numbers.TryAdd(unit.Name, _numbers.Count);
        }
    }

    private static string ServiceName(string name)
    {
        if (name.Length <= LongestServiceName) return name;
#pragma warning disable CA5351 // The name that v1's operator gives to a service; it protects nothing.
        return $"seldon-{Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(name)))}";
#pragma warning restore CA5351
    }
}
