using System.CommandLine;
using System.Text;
using Seldon.Functions.Kafka;
using Seldon.Functions.Kafka.Inspection;
using Seldon.Functions.Options;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Displays;
using Seldon.Functions.Standalone.Hosting;
using Seldon.Functions.Standalone.OpenProtocols;
using Seldon.Functions.Standalone.Requests;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions send</c>: sends a request, and shows its result or dead letter.</summary>
internal static class SendCommand
{
    private const int Most = 1_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Hint = TimeSpan.FromSeconds(5);

    private const string Description = """
        Send a request to an input topic, wait for its result or dead letter, and show that decoded. For gRPC, JSON becomes the protobuf message that --proto-name
        names, by protobuf's own rules; a request that names no model gets that of the route. 'run' must be running with the same settings.
        Exit codes: 0 every request has a result, 1 not every one, 2 wrong settings, usage or JSON.
        """;

    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "The request, as JSON." };
        var file = new Option<FileInfo?>("--file") { Description = "A file with the request: JSON, or for gRPC the message itself." };
        var protoName = new Option<string?>("--proto-name") { Description = "The type of the gRPC message. Default: the protocol's usual one." };
        var transport = new Option<string?>("--transport") { Description = "rest or grpc. Default: gRPC with --proto-name, else the route's." };
        transport.AcceptOnlyFromAmong("rest", "grpc");
        var route = new Option<string?>("--route") { Description = "The route, by the header seldon-model." };
        var topic = new Option<string?>("--topic") { Description = "The input topic, where there are several." };
        var key = new Option<string?>("--key") { Description = "The record's key." };
        var headers = new Option<string[]>("--header") { Description = "A further header, as name=value. Can be repeated." };
        headers.Validators.Add(given =>
        {
            foreach (var token in given.Tokens.Where(t => t.Value.IndexOf('=', StringComparison.Ordinal) < 1)) given.AddError($"--header is '{token.Value}': use name=value.");
        });
        var count = WholeNumber.Option("--count", "How often to send it, each with an id of its own. Default: once.", Most);
        var rate = WholeNumber.Option("--rate", "How many a second at most.", Most);
        var timeout = TimeOption.Length("--timeout", $"How long to wait for the last, {Patience.TotalSeconds}s by default");
        var output = new Option<string?>("--output") { Description = "text or json: one JSON object a line, and nothing else, on standard output." };
        output.AcceptOnlyFromAmong("text", "json");
        var config = SettingsFile.Option();
        var command = new Command("send", Description) { json, file, protoName, transport, route, topic, key, headers, count, rate, timeout, output, config };
        command.Validators.Add(given =>
        {
            if (given.GetValue(json) is null == given.GetValue(file) is null) given.AddError("Give the request with --json or with --file.");
        });
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(file) is { Exists: false } missing) return RunCommand.Refuse([$"--file is '{missing}', which is not there: name a file with the request."]);
            var content = parsed.GetValue(json) is { } text ? Encoding.UTF8.GetBytes(text) : await File.ReadAllBytesAsync(parsed.GetValue(file)!.FullName, CancellationToken.None).ConfigureAwait(false);
            return await RunAsync(
                parsed.GetValue(config),
                new RequestToSend(
                    content, parsed.GetValue(route), parsed.GetValue(topic), parsed.GetValue(transport) switch { "rest" => Transport.Rest, "grpc" => Transport.Grpc, _ => null },
                    parsed.GetValue(protoName), parsed.GetValue(key), [.. (parsed.GetValue(headers) ?? []).Select(h => h.Split('=', 2)).Select(h => KeyValuePair.Create(h[0], h[1]))]),
                parsed.GetValue(count) ?? 1, parsed.GetValue(rate), parsed.GetValue(timeout) ?? Patience, parsed.GetValue(output) == "json").ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(string? config, RequestToSend request, int count, int? rate, TimeSpan patience, bool json)
    {
        using var stop = new StopSignal();
        if (RunCommand.ReadConfiguration(config) is not { } configuration) return ExitCode.Usage;
        if (await ProtocolFinder.TryAskAsync(configuration, stop.Token).ConfigureAwait(false) is not var (finder, _)) return ExitCode.Failure;
        var settings = finder.Settings;
        if (settings.Problems.Concat(StreamProcessor.Check(settings.Kafka)).Concat(finder.Open.Select(o => $"{o}")).ToList() is { Count: > 0 } problems) return RunCommand.Refuse(problems);
        var (record, problem) = RequestMaker.Make(request, settings);
        if (record is null)
        {
            await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            return ExitCode.Usage;
        }

        var display = new SendDisplay(json);
        using var exchange = new Exchange(settings.Kafka, TimeProvider.System, display.Show);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        try
        {
            await exchange.ListenAsync().WaitAsync(stop.Token).ConfigureAwait(false);
            foreach (var (topic, reason) in exchange.Missing) await Console.Error.WriteLineAsync($"The topic {topic} cannot be read ({reason}).").ConfigureAwait(false);
            var sending = exchange.SendAsync(record, count, rate, end.Token);
            var receiving = exchange.ReceiveAsync(sending, end.Token);
            // A refusal by the broker is not waited behind.
            await sending.WaitAsync(stop.Token).ConfigureAwait(false);
            if (await Task.WhenAny(receiving, Task.Delay(Hint < patience ? Hint : patience, TimeProvider.System, stop.Token)).ConfigureAwait(false) != receiving && patience > Hint)
                await Console.Error.WriteLineAsync($"Sent, the last to {exchange.Place}; waiting for {exchange.Waiting}. Is 'run' running with the same settings?").ConfigureAwait(false);
            await receiving.WaitAsync(patience > Hint ? patience - Hint : TimeSpan.FromMilliseconds(1), TimeProvider.System, stop.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await Console.Error.WriteLineAsync($"{exchange.Waiting} of {count} have no answer within {patience.TotalSeconds} s. The last one is {exchange.Place}; it is not lost: what becomes of it is shown by 'peek results' or 'peek errors'.").ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped before all were answered.").ConfigureAwait(false);
        }
        catch (ClusterException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message).ConfigureAwait(false);
            return ExitCode.Failure;
        }
        await end.CancelAsync().ConfigureAwait(false);
        display.ShowEnd(count, exchange.Waiting);
        return display.Results == count ? ExitCode.Success : ExitCode.Failure;
    }
}
