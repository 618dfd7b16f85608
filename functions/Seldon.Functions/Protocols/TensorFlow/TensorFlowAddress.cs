using System.Globalization;
using Seldon.Functions.Options;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>What a request's ModelSpec says, which may come in parts. Of what is said twice, the last word counts.</summary>
internal struct TensorFlowAddress
{
    private bool _isOtherModel;
    private bool _isOtherVersion;

    public bool HasName { get; private set; }

    public readonly bool NamesOther => _isOtherModel || _isOtherVersion;

    public void Read(ReadOnlySpan<byte> spec, ModelSelector route)
    {
        var reader = new WireReader(spec);
        while (reader.TryReadField(out var field, out var bytes))
        {
            if (field == 1) (HasName, _isOtherModel) = (bytes.Length > 0, !WireReader.IsText(bytes, route.Name));
            else if (field == 2) _isOtherVersion = !IsVersion(bytes, route.Version);
            else if (field == 4) _isOtherVersion = !WireReader.IsText(bytes, route.Label);
        }
    }

    public readonly RequestCheck ToCheck(string type) =>
        HasName ? new(null, NamesOther) : new($"The {type} names no model (model_spec.name).");

    /// <summary>Int64Value { 1 value }</summary>
    private static bool IsVersion(ReadOnlySpan<byte> message, string? version)
    {
        var reader = new WireReader(message);
        ulong value = 0;
        while (reader.TryReadTag(out _, out _) && reader.TryReadVarint(out value))
        {
            // The last one counts.
        }
        return long.TryParse(version, CultureInfo.InvariantCulture, out var number) && (long)value == number;
    }
}
