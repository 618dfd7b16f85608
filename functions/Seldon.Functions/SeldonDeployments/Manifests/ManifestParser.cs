using Seldon.Functions.Records;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Seldon.Functions.SeldonDeployments.Manifests;

/// <summary>
/// YAML, and so JSON, as values with their lines. What could hurt its readers is refused here: nesting, aliases that
/// multiply or refer to themselves, keys that stand twice.
/// </summary>
internal sealed class ManifestParser
{
    /// <summary>Deeper than a graph of the deepest allowed kind: each of its nodes is a mapping in a list.</summary>
    internal const int DeepestNesting = 200;

    /// <summary>More than a file of the allowed size can hold without aliases.</summary>
    internal const int MostValues = 2_000_000;

    private const string MergeKey = "<<";

    private readonly Parser _events;
    private readonly Dictionary<AnchorName, ManifestValue> _anchors = [];
    private readonly HashSet<AnchorName> _open = [];
    private int _depth;

    private ManifestParser(string text) => _events = new Parser(new StringReader(text));

    /// <summary>The documents of the text, those before a mistake included, and the mistake.</summary>
    public static (IReadOnlyList<ManifestValue> Documents, (int Line, string What)? Mistake) Parse(string text)
    {
        var documents = new List<ManifestValue>();
        var parser = new ManifestParser(text);
        try
        {
            while (parser._events.MoveNext())
            {
                if (parser._events.Current is not DocumentStart) continue;
                parser._anchors.Clear();
                parser._events.MoveNext();
                documents.Add(parser.Read());
            }
            return (documents, null);
        }
        catch (YamlException refused)
        {
            // At its end, the parser stands a line below.
            return (documents, ((int)Math.Clamp(refused.Start.Line, 1, 1 + text.Count('\n')), refused.Message.TrimEnd('.')));
        }
#pragma warning disable CA1031 // For some texts that are no YAML, the parser's own state is wrong, and it throws whatever comes of that.
        catch (Exception)
#pragma warning restore CA1031
        {
            return (documents, (parser._events.Current is { } last ? LineOf(last) : 1, "It cannot be parsed from there on"));
        }
    }

    /// <summary>The value that begins with the current event; the current event is its last afterwards.</summary>
    private ManifestValue Read()
    {
        switch (_events.Current)
        {
            case AnchorAlias alias:
                return Resolve(alias);
            case Scalar scalar:
                return Keep(scalar, ManifestValue.Scalar(LineOf(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain));
            case NodeEvent node:
                if (++_depth > DeepestNesting) throw Refused(node, $"It is nested more than {DeepestNesting} levels deep");
                if (!node.Anchor.IsEmpty) _open.Add(node.Anchor);
                var value = Keep(node, node is SequenceStart ? ReadList(node) : ReadMapping(node));
                _open.Remove(node.Anchor);
                _depth--;
                return value;
            default:
                throw new YamlException(_events.Current!.Start, _events.Current.End, "A value is expected here");
        }
    }

    private ManifestValue ReadList(NodeEvent start)
    {
        var items = new List<ManifestValue>();
        while (MoveNext() is not SequenceEnd) items.Add(Read());
        return ManifestValue.List(LineOf(start), items);
    }

    private ManifestValue ReadMapping(NodeEvent start)
    {
        var members = new Dictionary<string, ManifestMember>();
        var merged = new List<ManifestValue>();
        while (MoveNext() is not MappingEnd)
        {
            if (_events.Current is not Scalar key) throw Refused(_events.Current!, "A key must be a single value");
            MoveNext();
            var value = Read();
            if (key is { Value: MergeKey, Style: ScalarStyle.Plain }) merged.AddRange(value.Items ?? [value]);
            else if (!members.TryAdd(key.Value, new ManifestMember(LineOf(key), value))) throw Refused(key, $"The key '{Shortened(key.Value)}' stands twice in its mapping");
        }
        // What the mapping says itself wins, then the first that is merged.
        foreach (var (name, member) in merged.SelectMany(m => m.Members ?? throw Refused(start, $"What '{MergeKey}' names is no mapping"))) members.TryAdd(name, member);
        return ManifestValue.Mapping(LineOf(start), members);
    }

    private ManifestValue Resolve(AnchorAlias alias)
    {
        if (_open.Contains(alias.Value)) throw Refused(alias, $"The alias *{Shortened(alias.Value.Value)} stands within what it names: a graph has no cycles");
        return _anchors.TryGetValue(alias.Value, out var value) ? value : throw Refused(alias, $"The alias *{Shortened(alias.Value.Value)} names nothing above it");
    }

    private ManifestValue Keep(NodeEvent node, ManifestValue value)
    {
        if (value.Size > MostValues) throw Refused(node, $"With its aliases it has more than {MostValues} values");
        if (!node.Anchor.IsEmpty) _anchors[node.Anchor] = value;
        return value;
    }

    private ParsingEvent MoveNext() => _events.MoveNext() ? _events.Current! : throw new YamlException("It ends in the middle of a value");

    private static int LineOf(ParsingEvent at) => (int)at.Start.Line;

    private static YamlException Refused(ParsingEvent at, string why) => new(at.Start, at.End, why);

    private static string Shortened(string text) => text.Length <= 100 ? text : $"{text[..100]}…";
}
