using Seldon.Functions.Options;
using Seldon.Functions.Routing;

namespace Seldon.Functions.Standalone.OpenProtocols;

/// <summary>A protocol that a server has named.</summary>
/// <param name="Setting">The setting that would have named it.</param>
/// <param name="Server">Who has, for a person.</param>
internal sealed record FoundProtocol(string Setting, string Protocol, string Server);

/// <summary>A route whose protocol is not known yet.</summary>
/// <param name="Setting">The setting that would name the protocol.</param>
/// <param name="Why">Who was asked, and what came of it; empty before the first question.</param>
/// <param name="Fix">What to do.</param>
/// <param name="IsFinal">Whether asking again is of no use: the servers speak several.</param>
internal sealed record OpenRoute(RouteOptions Route, string Setting, string Why = "", string Fix = "", bool IsFinal = false)
{
    /// <summary>Asks its servers once.</summary>
    /// <returns>The protocol; or null, and the route with what came of it.</returns>
    public async Task<(FoundProtocol? Found, OpenRoute Route)> AskAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var answers = await Recognition.AskAsync(Route, time, cancellationToken).ConfigureAwait(false);
        var spoken = answers.Where(a => a.IsSpoken).ToList();
        return spoken.Select(a => a.Protocol.Name).Distinct().ToList() switch
        {
            [] => (null, Unanswered(answers)),
            [var one] => (new FoundProtocol(Setting, one, string.Join(" and ", spoken.Select(a => a.Server))), this),
            _ => (null, Ambiguous(spoken)),
        };
    }

    public override string ToString() => $"{Setting} is not set, and {Why}: {Fix}.";

    private OpenRoute Unanswered(IReadOnlyList<Recognised> answers)
    {
        var servers = answers.GroupBy(a => a.Server).Select(s => s.FirstOrDefault(a => a.Answer.Failure.Length > 0) is { } failed
            ? $"{s.Key} {failed.Answer.Failure}"
            : $"{s.Key} answers {string.Join(", ", s.Select(a => a.Answer.Status).Distinct())}, which shows no protocol");
        var asked = answers.Any(a => a.Answer.Status is "401" or "403" or "UNAUTHENTICATED" or "PERMISSION_DENIED")
            ? "set MODEL_TOKEN_FILE, or the Headers of the route, to what the server lets in"
            : "start the server, or correct its address";
        return this with { Why = string.Join(", ", servers), Fix = $"{asked}; or set the protocol, which asks nobody" };
    }

    private OpenRoute Ambiguous(IReadOnlyList<Recognised> spoken) => this with
    {
        Why = string.Join(", ", spoken.GroupBy(a => a.Server).Select(s => $"{s.Key} speaks {string.Join(" and ", s.Select(a => a.Protocol.Name))}")),
        Fix = "set it to the one that the records are written in",
        IsFinal = true,
    };
}
