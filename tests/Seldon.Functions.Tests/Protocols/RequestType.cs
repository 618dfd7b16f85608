using System.Text;
using Google.Protobuf;
using Seldon.Functions.Options;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>A type of request that a gRPC record may carry, and what Google's own parser makes of its values.</summary>
/// <param name="Name">Its full name, as <c>proto-name</c> has it.</param>
/// <param name="Protocol">The protocol that it belongs to.</param>
/// <param name="Good">A value that is to be sent.</param>
/// <param name="Parse">The message that bytes are, without or with the fields that it does not know.</param>
/// <param name="IsComplete">Whether a message says all that a request must say.</param>
internal sealed record RequestType(string Name, string Protocol, byte[] Good, Func<byte[], bool, IMessage> Parse, Func<IMessage, bool> IsComplete)
{
    /// <summary>What answers every type: a message that has only a field which no protocol knows.</summary>
    public static readonly Reaction Answer = Reactions.Frame([0xc2, 0x3e, 0]);

    public static RequestType Of<T>(string name, string protocol, T good, Func<T, bool> isComplete)
        where T : IMessage<T>, new()
    {
        var parser = new MessageParser<T>(() => new T());
        return new RequestType(
            name, protocol, good.ToByteArray(), (bytes, withUnknown) => parser.WithDiscardUnknownFields(!withUnknown).ParseFrom(bytes), m => isComplete((T)m));
    }

    /// <summary>An engine with one gRPC route of this type's protocol.</summary>
    public EngineUnderTest EngineFor(ScriptedModel model)
    {
        model.Script = _ => Answer;
        return EngineUnderTest.For(model, Transport.Grpc, null, ("SELDON_PROTOCOL", Protocol), ("MODEL_TIMEOUT", "30s"));
    }

    /// <summary>A record of this type with any value.</summary>
    public Record Record(byte[] value, long offset = 0) => TestRecords.Of(value, offset, new Header("proto-name", Encoding.UTF8.GetBytes(Name)));

    /// <summary>Whether the bytes are a whole message that says all that a request must say.</summary>
    public bool IsWhole(byte[] value)
    {
        try
        {
            return IsComplete(Parse(value, true));
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or InvalidOperationException)
        {
            // The second is what it throws at the end of a wrapper's bytes.
            return false;
        }
    }

    /// <summary>
    /// Whether the bytes are such a message, written as a client writes it: nothing twice that can stand there once, no fields of
    /// others. Such a value must be sent; of others that could be read, we refuse some.
    /// </summary>
    public bool IsPlainlyWhole(byte[] value) => IsWhole(value) && Parse(value, false).ToByteArray().AsSpan().SequenceEqual(value);

    public override string ToString() => Name;
}
