using System.CommandLine;

namespace Seldon.Functions.Standalone.Commands;

/// <summary>All commands: what is parsed, what <c>--help</c> lists, what suggestions are taken from, and what shells complete.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Answers prediction requests on a Kafka topic with the model behind REST or gRPC, in order and without loss.")
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            SettingsCommand.Create(),
            GraphCommand.Create(),
            SendCommand.Create(),
            PeekCommand.Create(),
            DemoCommand.Create(),
            ModelCommand.Create(),
            RedriveCommand.Create(),
            BenchCommand.Create(),
            CompletionCommand.Create(),
        };
        SettingsHelp.AddTo(root);
        return root;
    }
}
