using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols;

/// <summary>
/// All that the transports need to know of an inference protocol. Each protocol is one value of this class, in one file.
/// </summary>
internal sealed record Protocol
{
    /// <summary>The protocol's name, as settings write it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether requests name the model; if not, the server has only one.</summary>
    public bool HasModelName { get; init; } = true;

    /// <summary>Whether a model's version can be named so.</summary>
    public Func<string, bool> IsVersion { get; init; } = _ => true;

    /// <summary>Whether a version can be chosen by a label.</summary>
    public bool HasLabels { get; init; }

    /// <summary>The methods that a REST request can be posted to; the first one is the default.</summary>
    public required IReadOnlyList<RestMethod> RestMethods { get; init; }

    /// <summary>The path whose GET tells whether the model is ready.</summary>
    public required Func<ModelSelector, string> RestReadyPath { get; init; }

    /// <summary>Whether the body of a 200 answer to that GET says that the model is ready.</summary>
    public Func<byte[], bool> IsReadyBody { get; init; } = _ => true;

    /// <summary>Whether servers may lack that path, so that 404 says no more than that a server is there.</summary>
    public bool MayLackReadyPath { get; init; }

    /// <summary>Whether the words of a 400 to that GET say that the server is there, but its model has no answer to it.</summary>
    public Func<string, bool> LacksReadiness { get; init; } = _ => false;

    /// <summary>Whether the words of a 400 to a request say that the server is busy: some have one status for all failures.</summary>
    public Func<string, bool> SaysBusy { get; init; } = _ => false;

    /// <summary>Whether every REST answer is a JSON object; if not, it is whatever its content type says.</summary>
    public bool HasJsonAnswersOnly { get; init; } = true;

    /// <summary>The failure that the JSON of a 200 answer speaks of; null if of none.</summary>
    public Func<byte[], BodyFailure?> FailureInJson { get; init; } = _ => null;

    /// <summary>How REST requests of several records share a call.</summary>
    public required RowFormat JsonRows { get; init; }

    /// <summary>The unary gRPC methods whose requests a record may carry.</summary>
    public required IReadOnlyList<GrpcMethod> Methods { get; init; }

    /// <summary>Request types of the protocol that no record may carry: they change the server, or ask for its state.</summary>
    public IReadOnlyList<string> RefusedTypes { get; init; } = [];

    /// <summary>The path of the gRPC readiness call, such as <c>/package.Service/Method</c>.</summary>
    public required string GrpcReadyPath { get; init; }

    /// <summary>The bytes of that call's request.</summary>
    public required Func<ModelSelector, byte[]> GrpcReadyRequest { get; init; }

    /// <summary>Whether the bytes of an OK answer to that call say that the model is ready.</summary>
    public Func<byte[], bool> IsReadyMessage { get; init; } = _ => true;

    /// <summary>The call only shows that a server is there: the protocol has none for readiness, so an error of its own says as much.</summary>
    public bool IsGrpcReadyCallOnlyForPresence { get; init; }

    /// <summary>The question whose answer shows that the server speaks the protocol, whether it has the model or not.</summary>
    public required Func<ModelSelector, ServerQuestion> PresenceQuestion { get; init; }

    /// <summary>Whether the answer to that shows it.</summary>
    public Func<ServerAnswer, bool> ShowsPresence { get; init; } = answer => answer.IsOk;

    /// <summary>The question for the model's inputs and outputs; null where the protocol has none.</summary>
    public Func<ModelSelector, ServerQuestion>? MetadataQuestion { get; init; }

    /// <summary>Reads the answer to that; null if it is no metadata.</summary>
    public Func<ServerAnswer, ModelMetadata?> ReadMetadata { get; init; } = _ => null;

    /// <summary>The path of what a node of a graph is asked over REST.</summary>
    public required Func<ModelSelector, NodeMethods, string> NodePath { get; init; }

    /// <summary>How a node's JSON answer becomes the request of the next; null where it is one already.</summary>
    public JsonChain? Chain { get; init; }

    /// <summary>The gRPC methods for what a node of a graph is asked, by the types of its messages; none where the protocol has none.</summary>
    public required Func<NodeMethods, IReadOnlyList<GrpcMethod>> MethodsOfNode { get; init; }

    /// <summary>Whether it says what a <see cref="BuiltIn.SimpleModel"/> answers.</summary>
    public bool HasSimpleModel { get; init; }

    /// <summary>Seldon's prepackaged servers that do not speak it.</summary>
    public IReadOnlyList<string> NotSpokenBy { get; init; } = [];

    /// <summary>
    /// An answer (and whether it is protobuf) with the way that it took through a graph, by the names of nodes; the answer as it is where
    /// the protocol has no place for that.
    /// </summary>
    public Func<byte[], bool, IEnumerable<KeyValuePair<string, int>>, byte[]> WithRouting { get; init; } = (answer, _, _) => answer;

    /// <summary>The protocol as a node of a graph speaks it: only models must say that they are ready, of the others it is enough that they are there.</summary>
    public Protocol ForNode(NodeMethods asked) => asked.HasFlag(NodeMethods.Predict)
        ? this
        : this with { MayLackReadyPath = true, IsGrpcReadyCallOnlyForPresence = true, IsReadyBody = _ => true, IsReadyMessage = _ => true };
}

/// <summary>One REST method.</summary>
/// <param name="Name">Its name: the value of the header <c>seldon-method</c>.</param>
/// <param name="Path">The path that a request is posted to.</param>
internal sealed record RestMethod(string Name, Func<ModelSelector, string> Path);

/// <summary>A failure that stands in the body of an answer whose status is 200 or OK.</summary>
/// <param name="Fault">Whose fault it is.</param>
/// <param name="Status">Its code.</param>
internal readonly record struct BodyFailure(Fault Fault, string Status);
