using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Bench;

/// <summary>Sends requests alone and together, and compares the answers.</summary>
internal sealed class BatchCheck(BenchTarget target, TimeProvider time)
{
    /// <summary>After three refusals, merging is off for a minute.</summary>
    private const int Rounds = 3;

    private const int Together = 33;
    private const string Page = "docs/merging.md";

    /// <param name="first">The answers to each request alone.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public async Task<BatchVerdict> RunAsync(IReadOnlyList<byte[]> first, CancellationToken cancellationToken)
    {
        if (target.RowsOfRequest is not { } rows)
            return new BatchVerdict(false, $"Such requests are never merged: they have no rows that could be put together ({Page}, 'What is merged').");

        var again = new List<byte[]>();
        await using (var alone = Engine(1))
        {
            foreach (var request in target.Requests.Take(Together)) again.Add(await AnswerAsync(alone, request, cancellationToken).ConfigureAwait(false));
        }

        await using var engine = Engine(rows * Together);
        var (shared, worst) = (0, Equality.Equal);
        for (var round = 0; round < Rounds; round++)
        {
            // The first takes the only place; the others wait, and share the next call.
            var outcomes = await Task.WhenAll(Enumerable.Range(0, Together).Select(i => engine.InferAsync(Request(i), cancellationToken).AsTask())).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i].Answer is not { } answer)
                    return new BatchVerdict(false, $"The model answers a request alone, but not always among others: {outcomes[i].Rejection!.Message}");
                if (answer.EntityHeaders.Count(HeaderNames.Merged, out _) == 0) continue;
                shared++;
                var number = i % again.Count;
                if (AnswerComparison.Compare(first[number], again[number], answer.Value, TypeOf(answer)) is var equality && equality > worst) worst = equality;
            }
        }
        if (shared == 0)
            return new BatchVerdict(false, $"The model does not take several rows in one request: every call with {Together - 1} records failed, and they were answered one by one. Leave MODEL_MAX_BATCH_ROWS at 1.");
        var alike = target.Requests.Count == 1 ? " There was one request only, so it cannot be seen whether rows change places or influence each other: give a second --request that is answered differently." : "";
        return worst switch
        {
            Equality.Different => new BatchVerdict(false, $"Answers from merged calls differ from the answers to the same requests alone ({shared} compared): the model's rows influence each other, or its first dimension is not the batch. Leave MODEL_MAX_BATCH_ROWS at 1."),
            Equality.EqualButForRounding => new BatchVerdict(true, $"{shared} answers from merged calls equal those to the same requests alone, but for the last digits of numbers.{alike}"),
            _ => new BatchVerdict(true, $"{shared} answers from merged calls equal those to the same requests alone.{alike}"),
        };
    }

    private static string? TypeOf(Answer answer) =>
        answer.EntityHeaders.Count(HeaderNames.ProtoName, out var type) > 0 && type is not null ? Encoding.UTF8.GetString(type) : null;

    private Record Request(int number) => target.Requests[number % target.Requests.Count] with { Offset = number };

    private InferenceEngine Engine(int rows) => InferenceEngine.Create(
        new EngineOptions { Routes = [target.Route with { Workers = 1, Batch = target.Route.Batch with { MaxRows = rows } }] }, NullLoggerFactory.Instance, time);

    private static async Task<byte[]> AnswerAsync(InferenceEngine engine, Record request, CancellationToken cancellationToken)
    {
        var outcome = await engine.InferAsync(request, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return outcome.Answer?.Value ?? [];
    }
}
