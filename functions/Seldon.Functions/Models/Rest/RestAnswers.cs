using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols;
using Seldon.Functions.Protocols.Seldon;
using Seldon.Functions.Protocols.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Models.Rest;

/// <summary>Takes the answers of HTTP servers: the bytes as they are, and no more of their meaning than a decision needs.</summary>
/// <param name="protocol">The protocol that is spoken.</param>
/// <param name="maxBytes">The largest answer that is taken.</param>
/// <param name="ours">What every call carries: a server may repeat these in its words.</param>
internal sealed class RestAnswers(Protocol protocol, int maxBytes, CallHeaders ours)
{
    /// <summary>How much of an error's body is kept.</summary>
    private const int MaxWords = 1024;

    /// <summary>What a 200 says to a call.</summary>
    public async ValueTask<Reply> ReadAsync(HttpResponseMessage response, NodeCall call, CancellationToken cancellationToken)
    {
        var (body, tooLarge) = await ReadBodyAsync(response.Content, cancellationToken).ConfigureAwait(false);
        var headers = EntityHeaders(response);
        if (!tooLarge && !call.IsAlone && (call.Method == NodeMethods.Route || call.Use != AnswerUse.Leaves) && RestValue.IsEncoded(headers))
        {
            // Another node is to read it, or we are.
            (body, tooLarge) = Decode(body!, headers);
            if (body is null && !tooLarge) return Reply.InvalidAnswer("an answer in a content coding that cannot be read here");
            headers.RemoveAll(h => HeaderNames.Is(h.Name, HeaderNames.ContentEncoding));
        }
        if (tooLarge) return Reply.TooLarge($"answered with more than {maxBytes} bytes, the limit for answers", "200");
        if (RestValue.IsEncoded(headers)) return Reply.Answer(body!, headers);
        if (FindWrongStart(body!, headers, call) is { } wrong) return Reply.InvalidAnswer(wrong);
        if (protocol.FailureInJson(body!) is { } failure) return Reply.Of(failure.Fault, failure.Status, words: WordsOf(body));
        return FindProblem(body!, headers, call) is { } problem ? Reply.InvalidAnswer(problem) : Reply.Answer(body!, headers);
    }

    /// <summary>The first kilobyte of an error's body as text; empty if it is encoded.</summary>
    public async ValueTask<string> ReadWordsAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentEncoding.Count > 0) return "";
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        var first = new byte[MaxWords];
        var read = await stream.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return WordsOf(first.AsSpan(0, read));
    }

    /// <summary>The whole body in one array of its exact size, or null and true if it is larger than the limit.</summary>
    public async ValueTask<(byte[]? Body, bool TooLarge)> ReadBodyAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var length = content.Headers.ContentLength;
        if (length > maxBytes) return (null, true);
        var stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        if (length is { } known)
        {
            var body = GC.AllocateUninitializedArray<byte>((int)known);
            await stream.ReadExactlyAsync(body, cancellationToken).ConfigureAwait(false);
            return (body, false);
        }
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(chunk, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (buffer.Length + read > maxBytes) return (null, true);
            buffer.Write(chunk, 0, read);
        }
        return (buffer.ToArray(), false);
    }

    /// <summary>Why an answer that begins so is none, to follow "sent"; null if it may be one.</summary>
    private string? FindWrongStart(byte[] body, List<Header> headers, NodeCall call)
    {
        if (call.Method == NodeMethods.Route) return JsonText.Starts(body, "{["u8) ? null : "an answer that is no JSON object or array";
        if (protocol.HasJsonAnswersOnly) return JsonText.Starts(body, "{"u8) ? null : "an answer that is no JSON object";
        if (body.Length == 0) return "an answer without a body";
        // What proxies, gateways and login pages answer in place of a model.
        if (RestValue.IsWebPage(headers) && !JsonText.Starts(body, "{"u8)) return "a web page";
        return call.Use switch
        {
            AnswerUse.Listed when !JsonText.Starts(body, "{["u8) => "an answer that cannot be in the list for a combiner (it is no JSON object or array)",
            AnswerUse.Chained when !RestValue.IsObjectOrForeign(headers, body) => "an answer that cannot be the next node's request (it is no JSON object, and its content type says nothing else)",
            _ => null,
        };
    }

    /// <summary>Why the answer is of no use to the graph, to follow "sent"; null if it is.</summary>
    private string? FindProblem(byte[] body, List<Header> headers, NodeCall call)
    {
        if (call.Method == NodeMethods.Route)
            return SeldonRoute.OfJson(body, call.Children) is null ? $"no route to one of its {call.Children} children" : null;
        return call.Use == AnswerUse.Chained && protocol.Chain is { } chain && !chain.IsChainable(body.AsSpan(0, RestValue.JsonLength(headers, body)))
            ? $"an answer that cannot be the next node's request (it has none of {chain.Names})"
            : null;
    }

    private string WordsOf(ReadOnlySpan<byte> body) => ours.Mask(Encoding.UTF8.GetString(body[..Math.Min(body.Length, MaxWords)]).Trim());

    private (byte[]? Body, bool TooLarge) Decode(byte[] body, List<Header> headers)
    {
        headers.Count(HeaderNames.ContentEncoding, out var coding);
        if (!coding.AsSpan().SequenceEqual("gzip"u8)) return (null, false);
        try
        {
            using var plain = new MemoryStream();
            using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
            var chunk = new byte[16 * 1024];
            for (int read; (read = gzip.Read(chunk)) > 0;)
            {
                if (plain.Length + read > maxBytes) return (null, true);
                plain.Write(chunk, 0, read);
            }
            return (plain.ToArray(), false);
        }
        catch (InvalidDataException)
        {
            return (null, false);
        }
    }

    private static List<Header> EntityHeaders(HttpResponseMessage response)
    {
        var result = new List<Header>(2);
        Add(response.Content.Headers, HeaderNames.ContentType);
        Add(response.Content.Headers, HeaderNames.ContentEncoding);
        // HTTP does not know this one as a header of the content.
        Add(response.Headers, HeaderNames.InferenceHeaderContentLength);
        foreach (var header in response.Headers.NonValidated)
        {
            if (CloudEvents.IsOfAnswer(header.Key)) result.Add(CloudEvents.ToRecord(header.Key, header.Value.ToString()));
        }
        return result;

        void Add(HttpHeaders headers, string name)
        {
            if (headers.NonValidated.TryGetValues(name, out var values)) result.Add(HeaderNames.Text(name, values.ToString()));
        }
    }
}
