using System.CommandLine;
using System.Net;
using Seldon.Functions.Demo.Model;
using Seldon.Functions.Standalone.Arguments;
using Seldon.Functions.Standalone.Hosting;

namespace Seldon.Functions.Standalone.Commands;

/// <summary><c>seldon-functions model</c>: the model server of the demo alone, to try things with.</summary>
internal static class ModelCommand
{
    private const int RestPort = 8501;
    private const int GrpcPort = 8500;

    public static Command Create()
    {
        var rest = WholeNumber.Option("--rest-port", $"The port for REST, {RestPort} by default.", ushort.MaxValue);
        var grpc = WholeNumber.Option("--grpc-port", $"The port for gRPC, {GrpcPort} by default.", ushort.MaxValue);
        var address = new Option<IPAddress?>("--address")
        {
            Description = "The IP address to listen on: 127.0.0.1 by default, 0.0.0.0 for all.",
            CustomParser = argument =>
            {
                if (IPAddress.TryParse(argument.Tokens[0].Value, out var parsed)) return parsed;
                argument.AddError($"--address is '{argument.Tokens[0].Value}': use an IP address, such as 0.0.0.0.");
                return null;
            },
        };
        var command = new Command("model", "Serve the demo's model 'flowers' on this machine, in all protocols, until Ctrl+C. Exit codes: 0 stopped, 1 a port is taken.") { rest, grpc, address };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(rest) ?? RestPort, parsed.GetValue(grpc) ?? GrpcPort, parsed.GetValue(address)));
        return command;
    }

    private static async Task<int> RunAsync(int restPort, int grpcPort, IPAddress? address)
    {
        using var stop = new StopSignal();
        try
        {
            var model = await EmbeddedModel.StartAsync(TimeSpan.Zero, TimeProvider.System, stop.Token, restPort: restPort, grpcPort: grpcPort, address: address).ConfigureAwait(false);
            await using var _ = model.ConfigureAwait(false);
            Console.WriteLine($"{FlowerModel.Name}: REST {model.RestUrl.GetLeftPart(UriPartial.Authority)}, gRPC {model.GrpcUrl.GetLeftPart(UriPartial.Authority)}. Ctrl+C stops it.");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            // It was stopped.
        }
        catch (IOException taken)
        {
            await Console.Error.WriteLineAsync($"{taken.Message} Choose another with --rest-port or --grpc-port.").ConfigureAwait(false);
            return ExitCode.Failure;
        }
        return ExitCode.Success;
    }
}
