using Seldon.Functions.Protocols.Wire;

namespace Seldon.Functions.Protocols.TensorFlow;

/// <summary>
/// The messages of TensorFlow Serving, field by field.
/// Source: tensorflow_serving/apis/*.proto, tensorflow/core/framework/tensor.proto and tensorflow/core/example/*.proto.
/// </summary>
internal static class TensorFlowShapes
{
    // ModelSpec { 1 name, 2 Int64Value version, 3 signature_name, 4 version_label }
    public static readonly MessageShape ModelSpec = new(
        new Field(1, FieldKind.Text),
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varint)) { IsClosed = true }),
        new Field(3, FieldKind.Text),
        new Field(4, FieldKind.Text));

    // TensorShapeProto { 2 repeated Dim { 1 size, 2 name }, 3 unknown_rank }
    private static readonly MessageShape TensorShape = new(
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varint), new Field(2, FieldKind.Text))),
        new Field(3, FieldKind.Varint));

    // TensorProto { 1 dtype, 2 tensor_shape, 3 version_number, 4 tensor_content, 5.. the values by type }
    public static readonly MessageShape Tensor = new(
        new Field(1, FieldKind.Varint),
        new Field(2, FieldKind.Message, TensorShape),
        new Field(3, FieldKind.Varint),
        new Field(4, FieldKind.Bytes),
        new Field(5, FieldKind.Fixed32s),
        new Field(6, FieldKind.Fixed64s),
        new Field(7, FieldKind.Varints),
        new Field(8, FieldKind.Bytes),
        new Field(9, FieldKind.Fixed32s),
        new Field(10, FieldKind.Varints),
        new Field(11, FieldKind.Varints),
        new Field(12, FieldKind.Fixed64s),
        new Field(13, FieldKind.Varints),
        new Field(14, FieldKind.Bytes),
        new Field(15, FieldKind.Bytes),
        new Field(16, FieldKind.Varints),
        new Field(17, FieldKind.Varints),
        new Field(18, FieldKind.Bytes));

    // PredictRequest { 1 model_spec, 2 map inputs, 3 repeated output_filter, … }
    public static readonly MessageShape PredictRequest = new(
        new Field(1, FieldKind.Message, ModelSpec),
        MessageShape.Map(2, FieldKind.Message, Tensor),
        new Field(3, FieldKind.Text));

    // PredictResponse { 1 map outputs, 2 model_spec }
    public static readonly MessageShape PredictResponse = new(
        MessageShape.Map(1, FieldKind.Message, Tensor),
        new Field(2, FieldKind.Message, ModelSpec));

    // Feature { oneof 1 BytesList, 2 FloatList, 3 Int64List; each { 1 repeated value } }
    private static readonly MessageShape Feature = new(
        new Field(1, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Bytes))),
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Fixed32s))),
        new Field(3, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varints))));

    // Example { 1 Features { 1 map<string, Feature> } }
    private static readonly MessageShape Example = new(
        new Field(1, FieldKind.Message, new MessageShape(MessageShape.Map(1, FieldKind.Message, Feature))));

    // Input { oneof 1 ExampleList { 1 repeated Example }, 2 ExampleListWithContext { 1 repeated Example, 2 Example context } }
    private static readonly MessageShape Input = new(
        new Field(1, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Message, Example))),
        new Field(2, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Message, Example), new Field(2, FieldKind.Message, Example))));

    // ClassificationRequest and RegressionRequest { 1 model_spec, 2 Input }
    public static readonly MessageShape ExamplesRequest = new(
        new Field(1, FieldKind.Message, ModelSpec), new Field(2, FieldKind.Message, Input));

    // MultiInferenceRequest { 1 repeated InferenceTask { 1 model_spec, 2 method_name }, 2 Input }
    public static readonly MessageShape MultiInferenceRequest = new(
        new Field(1, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Message, ModelSpec), new Field(2, FieldKind.Text))),
        new Field(2, FieldKind.Message, Input));

    // GetModelMetadataRequest { 1 model_spec, 2 repeated metadata_field }
    public static readonly MessageShape GetModelMetadataRequest = new(
        new Field(1, FieldKind.Message, ModelSpec), new Field(2, FieldKind.Text));

    // GetModelStatusRequest { 1 model_spec }
    public static readonly MessageShape GetModelStatusRequest = new(new Field(1, FieldKind.Message, ModelSpec));

    // ClassificationResult { 1 repeated Classifications { 1 repeated Class { 1 label, 2 score } } }
    private static readonly MessageShape Classification = new(new Field(1, FieldKind.Message, new MessageShape(
        new Field(1, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Text), new Field(2, FieldKind.Fixed32))))));

    // RegressionResult { 1 repeated Regression { 1 value } }
    private static readonly MessageShape Regression = new(
        new Field(1, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Fixed32))));

    // ClassificationResponse { 1 result, 2 model_spec }
    public static readonly MessageShape ClassificationResponse = new(
        new Field(1, FieldKind.Message, Classification), new Field(2, FieldKind.Message, ModelSpec));

    // RegressionResponse { 1 result, 2 model_spec }
    public static readonly MessageShape RegressionResponse = new(
        new Field(1, FieldKind.Message, Regression), new Field(2, FieldKind.Message, ModelSpec));

    // MultiInferenceResponse { 1 repeated InferenceResult { 1 model_spec, oneof 2 classification_result, 3 regression_result } }
    public static readonly MessageShape MultiInferenceResponse = new(new Field(1, FieldKind.Message, new MessageShape(
        new Field(1, FieldKind.Message, ModelSpec), new Field(2, FieldKind.Message, Classification), new Field(3, FieldKind.Message, Regression))));

    // GetModelMetadataResponse { 1 model_spec, 2 map<string, google.protobuf.Any> metadata }
    public static readonly MessageShape GetModelMetadataResponse = new(
        new Field(1, FieldKind.Message, ModelSpec), MessageShape.Map(2, FieldKind.Message, WellKnownShapes.Any));

    // GetModelStatusResponse { 1 repeated ModelVersionStatus { 1 version, 2 state, 3 StatusProto { 1 error_code, 2 error_message } } }
    public static readonly MessageShape GetModelStatusResponse = new(new Field(1, FieldKind.Message, new MessageShape(
        new Field(1, FieldKind.Varint), new Field(2, FieldKind.Varint),
        new Field(3, FieldKind.Message, new MessageShape(new Field(1, FieldKind.Varint), new Field(2, FieldKind.Text))))));
}
