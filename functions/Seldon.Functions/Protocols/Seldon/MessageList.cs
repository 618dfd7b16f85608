using System.Text;
using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.Seldon;

/// <summary>What a combiner is asked with: the answers of its children, in their order.</summary>
internal static class MessageList
{
    /// <summary>The list's type, as <c>proto-name</c> has it.</summary>
    public static byte[] Type { get; } = Encoding.ASCII.GetBytes(SeldonProtocol.ListType);

    /// <summary>A JSON array.</summary>
    public static byte[] OfJson(IReadOnlyList<byte[]> messages)
    {
        using var list = new MemoryStream(messages.Sum(m => m.Length + 1) + 1);
        list.WriteByte((byte)'[');
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0) list.WriteByte((byte)',');
            list.Write(JsonText.WithoutMark(messages[i]));
        }
        list.WriteByte((byte)']');
        return list.ToArray();
    }

    /// <summary>SeldonMessageList { 1 repeated SeldonMessage }</summary>
    public static byte[] OfProtobuf(IReadOnlyList<byte[]> messages)
    {
        var list = new WireWriter();
        foreach (var message in messages) list.Bytes(1, message);
        return list.ToArray();
    }
}
