using Google.Protobuf;
using Grpc.Core;
using Seldon.Functions.Demo.Model;

namespace Seldon.Functions.Demo.Dialects;

/// <summary>The messages of gRPC methods; generated code would declare the methods of generated services.</summary>
internal static class GrpcMessage
{
    public static Method<TRequest, TResponse> Method<TRequest, TResponse>(
        string service, string name, MessageParser<TRequest> request, MessageParser<TResponse> response)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse> =>
        new(MethodType.Unary, service, name, MarshallerOf(request), MarshallerOf(response));

    private static Marshaller<T> MarshallerOf<T>(MessageParser<T> parser) where T : IMessage<T> => Marshallers.Create(
        static (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context =>
        {
            try
            {
                return parser.ParseFrom(context.PayloadAsReadOnlySequence());
            }
            catch (InvalidProtocolBufferException malformed)
            {
                throw new Refusal(StatusCode.Internal, malformed.Message).ToException();
            }
        });
}
