namespace Seldon.Functions.Standalone.Demo;

/// <summary>All dialects, in the order in which the demo takes and shows them.</summary>
internal static class Dialects
{
    public static IReadOnlyList<Dialect> All { get; } =
        [SeldonDialect.Rest, SeldonDialect.Grpc, TensorFlowDialect.Rest, TensorFlowDialect.Grpc, V2Dialect.Rest, V2Dialect.Grpc];
}
