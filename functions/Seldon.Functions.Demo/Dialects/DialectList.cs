using Seldon.Functions.Demo.Dialects.OpenInference;
using Seldon.Functions.Demo.Dialects.Seldon;
using Seldon.Functions.Demo.Dialects.TensorFlow;

namespace Seldon.Functions.Demo.Dialects;

/// <summary>All dialects, in the order in which the demo takes and shows them.</summary>
internal static class DialectList
{
    public static IReadOnlyList<Dialect> All { get; } =
        [SeldonDialect.Rest, SeldonDialect.Grpc, TensorFlowDialect.Rest, TensorFlowDialect.Grpc, V2Dialect.Rest, V2Dialect.Grpc];
}
