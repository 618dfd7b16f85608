using System.Collections;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Seldon.Functions.Settings;

namespace Seldon.Functions.Demo.Messages;

/// <summary>
/// Makes a protobuf message of JSON by protobuf's own rules, for a person who has written the JSON: what does not fit is named by its member and type.
/// </summary>
internal static class JsonMessage
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 100 };

    /// <summary>Types whose JSON is not that of an object with their fields.</summary>
    private static readonly HashSet<string> Special =
    [
        "google.protobuf.Any", "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue", "google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask",
    ];

    /// <exception cref="JsonMismatchException">The JSON does not fit.</exception>
    public static IMessage Read(string json, MessageDescriptor type)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            return ReadMessage(document.RootElement, type, "");
        }
        catch (JsonException malformed)
        {
            throw new JsonMismatchException($"The JSON cannot be read: {malformed.Message}");
        }
    }

    private static IMessage ReadMessage(JsonElement json, MessageDescriptor type, string path)
    {
        if (Special.Contains(type.FullName)) return ReadSpecial(json, type, path);
        if (json.ValueKind != JsonValueKind.Object) throw Mismatch(path, $"is {KindOf(json)}, but {type.Name} is an object");
        var message = type.Parser.ParseFrom(ByteString.Empty);
        var chosen = new Dictionary<OneofDescriptor, string>();
        foreach (var member in json.EnumerateObject())
        {
            var field = Find(type, member.Name) ?? throw Unknown(type, member.Name, path);
            if (member.Value.ValueKind == JsonValueKind.Null && field is not { MessageType.FullName: "google.protobuf.Value" }) continue;
            if (field.ContainingOneof is { IsSynthetic: false } one && !chosen.TryAdd(one, member.Name))
                throw Mismatch(path, $"has both {chosen[one]} and {member.Name}: {type.Name} takes only one of them");
            Set(message, field, member.Value, Below(path, member.Name));
        }
        return message;
    }

    private static void Set(IMessage message, FieldDescriptor field, JsonElement json, string path)
    {
        if (field.IsMap)
        {
            if (json.ValueKind != JsonValueKind.Object) throw Mismatch(path, $"is {KindOf(json)}, but an object with names is expected");
            var (key, value) = (field.MessageType.FindFieldByNumber(1), field.MessageType.FindFieldByNumber(2));
            var map = (IDictionary)field.Accessor.GetValue(message);
            foreach (var entry in json.EnumerateObject()) map[KeyOf(entry.Name, key, path)] = ReadValue(entry.Value, value, Below(path, entry.Name));
        }
        else if (field.IsRepeated)
        {
            if (json.ValueKind != JsonValueKind.Array) throw Mismatch(path, $"is {KindOf(json)}, but a list of {NameOf(field)} is expected");
            var list = (IList)field.Accessor.GetValue(message);
            foreach (var (i, item) in json.EnumerateArray().Index()) list.Add(ReadValue(item, field, $"{path}[{i}]"));
        }
        else
        {
            field.Accessor.SetValue(message, ReadValue(json, field, path));
        }
    }

    private static object ReadValue(JsonElement json, FieldDescriptor field, string path) => field.FieldType switch
    {
        // A number, or null, by itself.
        FieldType.Message when IsWrapper(field.MessageType) => ReadValue(json, field.MessageType.FindFieldByNumber(1), path),
        FieldType.Message => ReadMessage(json, field.MessageType, path),
        FieldType.Enum => ReadEnum(json, field.EnumType, path),
        FieldType.Bool => json.ValueKind is JsonValueKind.True or JsonValueKind.False ? json.GetBoolean() : throw Expected(json, path, "true or false"),
        FieldType.String => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Expected(json, path, "a text"),
        FieldType.Bytes => json.ValueKind == JsonValueKind.String && json.TryGetBytesFromBase64(out var bytes) ? ByteString.CopyFrom(bytes) : throw Expected(json, path, "bytes in base64"),
        FieldType.Float => JsonNumber.Single(json, path),
        FieldType.Double => JsonNumber.Double(json, path),
        FieldType.UInt32 or FieldType.Fixed32 => (uint)JsonNumber.Whole(json, path, uint.MinValue, uint.MaxValue, "uint32"),
        FieldType.UInt64 or FieldType.Fixed64 => (ulong)JsonNumber.Whole(json, path, ulong.MinValue, ulong.MaxValue, "uint64"),
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => (long)JsonNumber.Whole(json, path, long.MinValue, long.MaxValue, "int64"),
        _ when NamedNumber(json, field) is { } named => named,
        _ => (int)JsonNumber.Whole(json, path, int.MinValue, int.MaxValue, "int32"),
    };

    private static int ReadEnum(JsonElement json, EnumDescriptor type, string path)
    {
        var value = json.ValueKind == JsonValueKind.String ? type.FindValueByName(json.GetString()) : json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) ? type.FindValueByNumber(number) : null;
        if (value is null) throw Expected(json, path, $"one of {string.Join(", ", type.Values.Select(v => v.Name))}");
        return value.Number;
    }

    /// <summary>The number of an enumeration's value that is declared as a number here, such as DT_FLOAT.</summary>
    private static int? NamedNumber(JsonElement json, FieldDescriptor field) =>
        json.ValueKind == JsonValueKind.String ? field.File.EnumTypes.Select(e => e.FindValueByName(json.GetString())).FirstOrDefault(v => v is not null)?.Number : null;

    private static IMessage ReadSpecial(JsonElement json, MessageDescriptor type, string path)
    {
        try
        {
            return JsonParser.Default.Parse(json.GetRawText(), type);
        }
        catch (Exception wrong) when (wrong is InvalidProtocolBufferException or InvalidOperationException or InvalidJsonException)
        {
            throw Mismatch(path, $"is no {type.Name}: {wrong.Message}");
        }
    }

    private static object KeyOf(string name, FieldDescriptor key, string path)
    {
        if (key.FieldType == FieldType.String) return name;
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(name));
        return ReadValue(json.RootElement, key, path);
    }

    private static FieldDescriptor? Find(MessageDescriptor type, string name) =>
        type.Fields.InDeclarationOrder().FirstOrDefault(f => f.JsonName == name || f.Name == name);

    private static bool IsWrapper(MessageDescriptor type) => type.File.Name == "google/protobuf/wrappers.proto";

    private static string NameOf(FieldDescriptor field) => field.FieldType == FieldType.Message ? field.MessageType.Name : field.FieldType.ToString().ToLowerInvariant();

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    internal static string KindOf(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    internal static JsonMismatchException Expected(JsonElement json, string path, string what) => Mismatch(path, $"is {KindOf(json)}, but {what} is expected");

    internal static JsonMismatchException Mismatch(string path, string why) => new($"{(path.Length == 0 ? "The JSON" : path)} {why}{(why.EndsWith('?') ? "" : ".")}");

    private static JsonMismatchException Unknown(MessageDescriptor type, string name, string path)
    {
        var known = type.Fields.InDeclarationOrder().Select(f => f.JsonName).ToList();
        var meant = NearestName.Of(name, known);
        return Mismatch(path, $"has the member {name}, which {type.Name} does not have: {(meant is null ? $"use {string.Join(", ", known)}" : $"did you mean {meant}?")}");
    }
}
