using System.Security.Cryptography;
using Google.Protobuf;
using Seldon.Functions.Demo.Wire;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Protocols;

/// <summary>Of every type of request: what is none is rejected unsent with its reason, what is one is sent as it is.</summary>
public sealed class RequestTypeTests : IAsyncLifetime
{
    /// <summary>
    /// Values of one type that are whole requests of another one, too, so that no check of bytes can tell. Fields that a type does
    /// not know are no fault: a newer client may have written them.
    /// </summary>
    private static readonly HashSet<(string Value, string Name)> Alike =
    [
        // The same fields.
        ("ClassificationRequest", "RegressionRequest"), ("RegressionRequest", "ClassificationRequest"),
        // GetModelStatusRequest { 1 model_spec } is the beginning of all that begin so.
        ("PredictRequest", "GetModelStatusRequest"), ("ClassificationRequest", "GetModelStatusRequest"),
        ("RegressionRequest", "GetModelStatusRequest"), ("GetModelMetadataRequest", "GetModelStatusRequest"),
        // Here, field 2 need not be there.
        ("GetModelStatusRequest", "GetModelMetadataRequest"),
    ];

    private ScriptedModel _model = null!;

    public static TheoryData<string> Names => RequestTypes.Names;

    public async ValueTask InitializeAsync() => _model = await ScriptedModel.StartAsync();

    public ValueTask DisposeAsync() => _model.DisposeAsync();

    [Theory, MemberData(nameof(Names))]
    public async Task Good_IsSentAsItIs(string name)
    {
        var type = RequestTypes.All[name];
        await using var engine = type.EngineFor(_model);

        Assert.True(type.IsPlainlyWhole(type.Good));
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(type.Record(type.Good)))).Kind);
        // An answer as the next model's request is the one thing that is written anew.
        if (!name.EndsWith("Response", StringComparison.Ordinal)) Assert.Equal(type.Good, Assert.Single(_model.Calls).Body);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task MessageOfAnotherType_IsInvalidProtobuf_UnlessTheyAreAlike(string name)
    {
        var type = RequestTypes.All[name];
        await using var engine = type.EngineFor(_model);
        foreach (var other in RequestTypes.All.Values.Where(t => t != type))
        {
            var outcome = await Until.Decided(engine.Infer(type.Record(other.Good)));

            RejectionReason? expected = Alike.Contains((other.Name.Split('.')[^1], name.Split('.')[^1])) ? null : RejectionReason.InvalidProtobuf;
            Assert.True(expected == outcome.Rejection?.Reason, $"{other} as {name}: {outcome.Rejection?.Message ?? "sent"}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task TypeOfAnotherProtocol_IsUnknownProtoName(string name)
    {
        var type = RequestTypes.All[name];
        await using var engine = type.EngineFor(_model);
        foreach (var other in RequestTypes.All.Values.Where(t => t.Protocol != type.Protocol))
        {
            foreach (var value in new[] { other.Good, type.Good })
            {
                var outcome = await Until.Decided(engine.Infer(other.Record(value)));
                Assert.Equal(RejectionReason.UnknownProtoName, outcome.Rejection?.Reason);
                Assert.Contains(other.Protocol, outcome.Rejection!.Message, StringComparison.Ordinal);
            }
        }
        Assert.Empty(_model.Calls);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task Empty_IsEmptyValue(string name)
    {
        var type = RequestTypes.All[name];
        await using var engine = type.EngineFor(_model);
        Assert.Equal(RejectionReason.EmptyValue, (await Until.Decided(engine.Infer(type.Record([])))).Rejection?.Reason);
        Assert.Empty(_model.Calls);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task LengthThatOverflows_IsInvalidProtobuf(string name)
    {
        var type = RequestTypes.All[name];
        await using var engine = type.EngineFor(_model);
        // What is left and one more; 2 GB; 4 GB; 2^63; 2^64 - 1; more than 64 bits; no end.
        foreach (var length in new[] { "01", "ffffffff07", "ffffffff0f", "80808080808080808001", "ffffffffffffffffff01", "ffffffffffffffffff7f", "ffffffffffffffffffff01", "ffff" })
        {
            // After the last field; and as the first field's, which all else is then a part of.
            foreach (var value in new byte[][] { [.. type.Good, 0xc2, 0x3e, .. Convert.FromHexString(length)], [type.Good[0], .. length == "01" ? [0x7f] : Convert.FromHexString(length), .. type.Good[2..]] })
            {
                Assert.Equal(RejectionReason.InvalidProtobuf, (await Until.Decided(engine.Infer(type.Record(value)))).Rejection?.Reason);
            }
        }
        Assert.Empty(_model.Calls);
    }

    [Theory, InlineData("seldon.protos.SeldonMessage"), InlineData("tensorflow.serving.PredictRequest"), InlineData("inference.ModelInferRequest")]
    public async Task FiftyMegabytes_AreSentAsTheyAre_AndRejectedWithoutTheLastByte(string name)
    {
        var type = RequestTypes.All[name];
        var bytes = ByteString.CopyFrom(new byte[50 << 20]);
        var value = (type.Protocol switch
        {
            "seldon" => (IMessage)new SeldonMessage { BinData = bytes },
            "v2" => new ModelInferRequest { ModelName = "m", Inputs = { new InferInputTensor { Datatype = "FP32", Shape = { bytes.Length / 4 } } }, RawInputContents = { bytes } },
            _ => new PredictRequest { ModelSpec = RequestTypes.Spec, Inputs = { ["i"] = new Tensor { Dtype = 1, TensorContent = bytes } } },
        }).ToByteArray();
        await using var engine = type.EngineFor(_model);

        Assert.Equal(RejectionReason.InvalidProtobuf, (await Until.Decided(engine.Infer(type.Record(value[..^1])))).Rejection?.Reason);
        Assert.Equal(OutcomeKind.Answered, (await Until.Decided(engine.Infer(type.Record(value)))).Kind);
        Assert.Equal(SHA256.HashData(value), SHA256.HashData(Assert.Single(_model.Calls).Body));
    }
}
