using System.Globalization;
using Seldon.Functions.Standalone.Inspection;
using Seldon.Functions.Standalone.Requests;
using Spectre.Console;

namespace Seldon.Functions.Standalone.Displays;

/// <summary>Shows what became of requests: of several the first result, the first dead letters, and figures at the end.</summary>
internal sealed class SendDisplay(bool json)
{
    private const int MostDeadLetters = 10;

    private readonly PeekDisplay _rows = new(json, int.MaxValue);
    private readonly List<double> _results = [];

    /// <summary>How many requests became results.</summary>
    public int Results => _results.Count;

    /// <summary>How many became dead letters.</summary>
    public int DeadLetters { get; private set; }

    public void Show(Returned returned)
    {
        var row = PeekRow.Of(returned.Record);
        if (returned.IsResult) _results.Add(returned.Took.TotalMilliseconds);
        else DeadLetters++;
        if (json)
        {
            Console.WriteLine(_rows.Format(row));
            return;
        }
        if (returned.IsResult ? Results > 1 : DeadLetters > MostDeadLetters) return;
        Page.Write(returned.IsResult ? "result" : "dead letter", returned.IsResult ? Color.Green : Color.Red);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $" {row.Place} after {returned.Took.TotalMilliseconds:0} ms"));
        if (row.Note is { } note) Console.WriteLine($"{note.Reason}: {row.Message}");
        else Console.WriteLine(row.Value);
    }

    /// <summary>The figures, unless each was shown and there was only one.</summary>
    public void ShowEnd(int sent, int waiting)
    {
        if (json || sent == 1) return;
        _results.Sort();
        var times = _results.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" Results after {_results[_results.Count / 2]:0} ms (median), {_results[^1]:0} ms (longest).");
        Console.WriteLine($"{sent} sent, {Results} results, {DeadLetters} dead letters, {waiting} unanswered.{times}");
    }
}
