using Seldon.Functions.Records;

namespace Seldon.Functions.Models;

/// <summary>The headers that every call to a model carries besides those of its record: fixed ones, and a token from a file.</summary>
internal sealed class CallHeaders(IReadOnlyDictionary<string, string> headers, string? tokenFile, TimeProvider time)
{
    private const string Authorization = "authorization";

    /// <summary>A file is looked at once in this time: tokens are renewed long before they expire.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly HashSet<string> _names = new(tokenFile is null ? headers.Keys : headers.Keys.Append(Authorization), StringComparer.OrdinalIgnoreCase);
    private readonly KeyValuePair<string, string>[] _fixed = [.. headers];
    private KeyValuePair<string, string>[]? _withToken;
    private long _readAt;

    /// <summary>Whether a record's header of this name gives way to ours.</summary>
    public bool Has(string name) => _names.Count > 0 && _names.Contains(name);

    /// <summary>Whether the record authorizes its call itself.</summary>
    public bool IsAuthorizedBy(Record record) => !Has(Authorization) && record.Headers.Count(Authorization, out _) > 0;

    /// <summary>A server's words without the values of our headers, which it may repeat: they may be secrets.</summary>
    public string Mask(string words)
    {
        foreach (var (_, value) in Current())
        {
            words = words.Replace(value, "…", StringComparison.Ordinal);
            if (value.LastIndexOf(' ') is > 0 and var space) words = words.Replace(value[(space + 1)..], "…", StringComparison.Ordinal);
        }
        return words;
    }

    /// <summary>Names and values, now.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> Current()
    {
        if (tokenFile is null) return _fixed;
        if (_withToken is { } known && time.GetElapsedTime(Interlocked.Read(ref _readAt)) < Fresh) return known;
        Interlocked.Exchange(ref _readAt, time.GetTimestamp());
        return _withToken = Read() ?? _withToken ?? _fixed;
    }

    /// <summary>Null while the file cannot be read, as in the moment in which it is replaced.</summary>
    private KeyValuePair<string, string>[]? Read()
    {
        try
        {
            var token = File.ReadAllText(tokenFile!).Trim();
            return token.Length == 0 || token.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : [.. _fixed, new(Authorization, $"Bearer {token}")];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
