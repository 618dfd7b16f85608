using System.CommandLine;
using System.CommandLine.Parsing;
using Seldon.Functions.Settings;

namespace Seldon.Functions.Standalone.Commands;

/// <summary>What is wrong with a command line, with what was probably meant.</summary>
internal static class Mistakes
{
    public static int Show(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // That a command is missing says nothing beside one that is not known.
        foreach (var error in parsed.Errors.Skip(command is RootCommand && parsed.UnmatchedTokens.Count > 0 ? 1 : 0)) Console.Error.WriteLine(error.Message);
        var known = command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name)).ToList();
        // A mistyped option may have been taken for an argument.
        foreach (var token in parsed.UnmatchedTokens.Concat(parsed.Tokens.Where(t => t.Type == TokenType.Argument && t.Value.StartsWith("--", StringComparison.Ordinal)).Select(t => t.Value)).Distinct())
        {
            if (NearestName.Of(token, known) is { } meant) Console.Error.WriteLine($"Did you mean '{meant}'?");
        }
        Console.Error.WriteLine($"Try: seldon-functions {(command is RootCommand ? "" : $"{command.Name} ")}--help");
        return ExitCode.Usage;
    }
}
