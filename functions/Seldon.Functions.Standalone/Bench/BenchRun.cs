using Microsoft.Extensions.Logging;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Standalone.Bench;

/// <summary>What a run has found.</summary>
/// <param name="Server">What answered.</param>
/// <param name="Batch">Whether requests may share calls.</param>
/// <param name="Points">What was measured.</param>
/// <param name="Advice">What to set; null if nothing was answered.</param>
internal sealed record BenchReport(string Server, BatchVerdict Batch, IReadOnlyList<BenchPoint> Points, Recommendation? Advice);

/// <summary>The server cannot be measured, and why.</summary>
internal sealed class BenchException(string message) : Exception(message);

/// <summary>Measures a model server: is it there, does it answer the requests, may they share calls, and how much does it answer?</summary>
/// <param name="target">The server and its requests.</param>
/// <param name="budget">How long it may take altogether.</param>
/// <param name="rate">The wanted records per second; null if none are.</param>
/// <param name="time">The clock.</param>
internal sealed class BenchRun(BenchTarget target, TimeSpan budget, double? rate, TimeProvider time)
{
    /// <summary>After so many numbers of calls that answered no more than fewer calls, still more are not tried: the server would only have a longer queue.</summary>
    private const int MostInVain = 3;

    private const double Better = 1.03;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the server may take for the first answers.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private volatile string _doing = "";

    /// <summary>The numbers of calls in flight that are measured.</summary>
    public IReadOnlyList<int> InFlight { get; init; } = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    /// <summary>The numbers of records a call that are measured.</summary>
    public IReadOnlyList<int> Records { get; init; } = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>What is being done, for a person.</summary>
    public string Doing => _doing;

    /// <exception cref="BenchException">The server is not there, or does not answer a request.</exception>
    public async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        // 1. Is it there, and does it answer each request?
        _doing = "asking the server";
        var answers = await AskAsync(cancellationToken).ConfigureAwait(false);

        // 2. May requests share a call?
        _doing = "comparing merged answers with single ones";
        var batch = await CheckAsync(answers, cancellationToken).ConfigureAwait(false);

        // 3. How much does it answer? The first measurement is of this program as much as of the server, and does not count.
        var sizes = batch.MayMerge ? Records : [1];
        var left = (sizes.Count * InFlight.Count) + 1;
        await MeasureAsync(1, InFlight[InFlight.Count / 2]).ConfigureAwait(false);
        var points = new List<BenchPoint>();
        foreach (var records in sizes)
        {
            var (best, inVain) = (0.0, 0);
            foreach (var calls in InFlight)
            {
                if (inVain == MostInVain)
                {
                    left--;
                    continue;
                }
                var point = await MeasureAsync(records, calls).ConfigureAwait(false);
                points.Add(point);
                inVain = point.RowsPerSecond > best * Better ? 0 : inVain + 1;
                best = Math.Max(best, point.RowsPerSecond);
            }
        }
        return new BenchReport(target.Name, batch, points, Recommendation.Of(points, target.RowsOfRequest ?? 1, rate));

        async Task<BenchPoint> MeasureAsync(int records, int calls)
        {
            var rows = records * (target.RowsOfRequest ?? 1);
            _doing = $"{calls} calls in flight, {rows} rows a call; at most {left} measurements to go";
            var length = (budget - time.GetElapsedTime(start)) / left--;
            using var load = new BenchLoad(target, records, calls, time);
            var point = await load.MeasureAsync(length > Shortest ? length : Shortest, cancellationToken).ConfigureAwait(false);
            if (load.Rejection is { } rejection)
                throw new BenchException($"With {calls} calls in flight and {rows} rows a call, a request was rejected that was answered before: {rejection.Message}{Words(rejection)}");
            return point;
        }
    }

    private async Task<List<byte[]>> AskAsync(CancellationToken cancellationToken)
    {
        var warnings = new LastWarning();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(warnings));
        using var late = new CancellationTokenSource(Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        await using var engine = InferenceEngine.Create(new EngineOptions { Routes = [target.Route with { Workers = 1, Batch = BatchLimits.Off }] }, loggers, time);
        var answers = new List<byte[]>();
        try
        {
            _ = Task.Delay(Patience / 3, time, end.Token).ContinueWith(_ => { if (engine.IsHolding) late.Cancel(); }, TaskScheduler.Default);
            await engine.WaitUntilReadyAsync(end.Token).ConfigureAwait(false);
            foreach (var request in target.Requests)
            {
                var outcome = await engine.InferAsync(request, end.Token).ConfigureAwait(false);
                end.Token.ThrowIfCancellationRequested();
                if (outcome.Rejection is { } rejection) throw new BenchException($"The request does not fit: {rejection.Message}{Words(rejection)}");
                answers.Add(outcome.Answer!.Value);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"{target.Name} has not answered a request in time. {warnings.Text ?? "It takes longer than 15 s."}");
        }
        return answers;
    }

    private async Task<BatchVerdict> CheckAsync(List<byte[]> answers, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(budget / 2 > Patience ? budget / 2 : Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await new BatchCheck(target, time).RunAsync(answers, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"{target.Name} answers a request alone, but has not answered several together in time: raise --seconds, or measure it when it is idle.");
        }
    }

    /// <summary>The server's own words, which are for the person who sent the request.</summary>
    private static string Words(Rejection rejection) => rejection.ServerWords.Length == 0 ? "" : $" It says: {rejection.ServerWords}";

    /// <summary>What the engine last warned of: why it waits.</summary>
    private sealed class LastWarning : ILoggerProvider, ILogger
    {
        private volatile string? _text;

        public string? Text => _text;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _text = formatter(state, exception);
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
