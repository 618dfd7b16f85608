using System.Text;

namespace Seldon.Functions.Protocols.Wire;

/// <summary>
/// How the JSON answer of one node becomes the request of the next: one of its members takes another name, and everything else stays
/// as it is, byte for byte.
/// </summary>
/// <param name="names">The members of answers, each with its name in requests.</param>
internal sealed class JsonChain(params (string Answer, string Request)[] names)
{
    private readonly (byte[] Answer, byte[] Request)[] _names = [.. names.Select(n => (Encoding.UTF8.GetBytes(n.Answer), Encoding.UTF8.GetBytes(n.Request)))];

    /// <summary>The members of which a request needs one, to follow "has none of".</summary>
    public string Names { get; } = string.Join(", ", names.SelectMany(n => new[] { n.Request, n.Answer }).Distinct());

    /// <summary>Whether the object is a request, or an answer that can become one.</summary>
    public bool IsChainable(ReadOnlySpan<byte> json) => TryFind(json, out _, out _);

    /// <summary>The request that the value is, or becomes; null if it can be none.</summary>
    /// <param name="value">The whole value; raw tensors may follow the JSON.</param>
    /// <param name="jsonLength">How much of it is JSON.</param>
    public byte[]? ToRequest(byte[] value, int jsonLength)
    {
        if (!TryFind(value.AsSpan(0, jsonLength), out var place, out var name)) return null;
        if (name is null) return value;
        var (start, length) = place.GetOffsetAndLength(value.Length);
        return [.. value.AsSpan(0, start), .. name, .. value.AsSpan(start + length)];
    }

    /// <param name="name">What the member at the place is called in requests; null if the object is a request already.</param>
    private bool TryFind(ReadOnlySpan<byte> json, out Range place, out byte[]? name)
    {
        (place, name) = (default, null);
        var members = new JsonMembers(json);
        while (members.TryNext(out var at, out _))
        {
            foreach (var (answer, request) in _names)
            {
                if (json[at].SequenceEqual(request))
                {
                    name = null;
                    return true;
                }
                if (name is null && json[at].SequenceEqual(answer)) (place, name) = (at, request);
            }
        }
        return name is not null && members.End is not null;
    }
}
