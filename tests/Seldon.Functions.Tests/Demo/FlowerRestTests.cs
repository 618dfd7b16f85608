using System.Net;
using System.Text;
using System.Text.Json;

namespace Seldon.Functions.Tests.Demo;

/// <summary>The demo's model over REST answers as the servers of the three protocols do.</summary>
public class FlowerRestTests(FlowerServer server) : IClassFixture<FlowerServer>
{
    private const string Rows = "[5.1,3.5,1.4,0.2],[6.7,3,5.2,2.3]";
    private const string Values = "5.1,3.5,1.4,0.2,6.7,3,5.2,2.3";
    private const string Ndarray = $$$"""{"data":{"ndarray":[{{{Rows}}}]}}""";
    private const string V2 = $$"""{"inputs":[{"name":"features","shape":[2,4],"datatype":"FP32","data":[{{Values}}]}]}""";
    private const string BadData = "\"reason\":\"MICROSERVICE_BAD_DATA\"";

    [Theory]
    [InlineData("/v1/models/flowers:predict", $$"""{"instances":[{{Rows}}]}""", "predictions")]
    [InlineData("/v1/models/flowers/versions/1:predict", $$"""{"signature_name":"serving_default","instances":[{{Rows}}]}""", "predictions")]
    [InlineData("/predict", Ndarray, "data.ndarray")]
    [InlineData("/predict", $$$$"""{"data":{"names":["a","b","c","d"],"tensor":{"shape":[2,4],"values":[{{{{Values}}}}]}}}""", "data.tensor.values")]
    [InlineData("/predict",
        $$$$"""{"data":{"tftensor":{"dtype":1,"tensorShape":{"dim":[{"size":2},{"size":4}]},"floatVal":[{{{{Values}}}}]}}}""", "data.tftensor.floatVal")]
    [InlineData("/api/v1.0/predictions", Ndarray, "data.ndarray")]
    [InlineData("/v2/models/flowers/infer", V2, "outputs.data")]
    [InlineData("/v2/models/flowers/versions/1/infer", V2, "outputs.data")]
    [InlineData("/v2/models/flowers/infer", $$"""{"inputs":[{"name":"features","shape":[2,4],"datatype":"FP32","data":[{{Rows}}]}]}""", "outputs.data")]
    public async Task TwoFlowers_HaveTheScoresOfTheClassifierInTheKindOfTheRequest(string path, string body, string place)
    {
        using var answer = await PostAsync(path, body);

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        using var json = JsonDocument.Parse(await BodyOf(answer));
        var scores = place.Split('.').Aggregate(json.RootElement, (at, name) => (at.ValueKind == JsonValueKind.Array ? at[0] : at).GetProperty(name));
        FlowerServer.AssertScores(NumbersIn(scores));
    }

    [Theory]
    [InlineData("/v1/models/flowers", "\"state\":\"AVAILABLE\"")]
    [InlineData("/v1/models/flowers/versions/1", "\"state\":\"AVAILABLE\"")]
    [InlineData("/health/status", "")]
    [InlineData("/ready", "")]
    [InlineData("/v2/health/live", "")]
    [InlineData("/v2/health/ready", "")]
    [InlineData("/v2/models/flowers/ready", "")]
    [InlineData("/v2/models/flowers/versions/1/ready", "")]
    public async Task Readiness_IsStatus200(string path, string part)
    {
        using var answer = await server.Rest.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(part, await BodyOf(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/v1/models/flowers:predict", """{"instances":[[1,2,3]]}""", 400, "\"error\"")]
    [InlineData("POST", "/v1/models/flowers:predict", "nothing", 400, "JSON Parse error")]
    [InlineData("POST", "/v1/models/flowers:predict", """{"signature_name":"other","instances":[[1,2,3,4]]}""", 400, "\"error\"")]
    [InlineData("POST", "/v1/models/trees:predict", "{}", 404, "Latest(trees)")]
    [InlineData("GET", "/v1/models/flowers/versions/2", "", 404, "Specific(flowers, 2)")]
    [InlineData("POST", "/v1/flowers", "{}", 400, "Malformed request")]
    [InlineData("POST", "/predict", """{"data":{"ndarray":[[1,2,3]]}}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"data":{"ndarray":[[1,2,3,"4"]]}}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"data":{"ndarray":[1,2,3,4]}}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"data":{"ndarray":[]}}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"data":{"tensor":{"shape":[2,4],"values":[1,2,3,4]}}}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"data":{"tensor":{"shape":[1,4],"values":[1,2,3,1e300]}}}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"strData":"flower"}""", 400, BadData)]
    [InlineData("POST", "/predict", """{"customData":{"@type":"type.googleapis.com/some.Type"}}""", 400, BadData)]
    [InlineData("POST", "/predict", "{}", 400, BadData)]
    [InlineData("POST", "/predict", "nothing", 400, BadData)]
    [InlineData("POST", "/api/v1.0/predictions", "[1]", 400, BadData)]
    [InlineData("GET", "/predict", "", 405, "")]
    [InlineData("POST", "/v2/models/flowers/infer", """{"inputs":[{"name":"features","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/flowers/infer", """{"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32","data":[1,2,3]}]}""", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/flowers/infer", """{"inputs":[{"name":"features","shape":[1,4],"datatype":"INT32","data":[1,2,3,4]}]}""", 400, "INT32")]
    [InlineData("POST", "/v2/models/flowers/infer", """{"inputs":[{"name":"petals","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}""", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/flowers/infer", """{"inputs":[{"name":"features","shape":[1,4],"datatype":"FP32"}]}""", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/flowers/infer", """{"inputs":"none"}""", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/flowers/infer", "[]", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/flowers/infer", "nothing", 400, "\"error\"")]
    [InlineData("POST", "/v2/models/trees/infer", V2, 404, "Model trees not found")]
    [InlineData("POST", "/v2/models/flowers/versions/2/infer", V2, 404, "version 2")]
    [InlineData("GET", "/v2/models/trees/ready", "", 404, "Model trees not found")]
    [InlineData("GET", "/v2/models/flowers/infer", "", 405, "")]
    public async Task WhatTheModelCannotAnswer_IsRefusedInTheWordsOfTheProtocol(string method, string path, string body, int status, string part)
    {
        using var answer = method == "POST"
            ? await PostAsync(path, body)
            : await server.Rest.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(part, await BodyOf(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeldonBadData_IsOneStatusObject()
    {
        using var answer = await PostAsync("/predict", """{"data":{"ndarray":[[1]]}}""");

        Assert.Equal(
            """{"status":{"code":-1,"info":"A row of ndarray is not a list of 4 numbers","reason":"MICROSERVICE_BAD_DATA","status":1}}""", await BodyOf(answer));
    }

    [Fact]
    public async Task SeldonPuidInTheBody_ComesBackBesideTheNamesOfTheClasses()
    {
        using var answer = await PostAsync("/predict", """{"meta":{"puid":"p1","tags":{"a":1}},"data":{"ndarray":[[5.1,3.5,1.4,0.2]]}}""");

        using var json = JsonDocument.Parse(await BodyOf(answer));
        Assert.Equal("""{ "puid": "p1" }""", json.RootElement.GetProperty("meta").GetRawText());
        Assert.Equal(["setosa", "versicolor", "virginica"], json.RootElement.GetProperty("data").GetProperty("names").EnumerateArray().Select(n => n.GetString()));
    }

    [Fact]
    public async Task V2Answer_SaysModelVersionIdAndShape()
    {
        using var answer = await PostAsync("/v2/models/flowers/infer", "{\"id\":\"17\"," + V2[1..]);

        var body = await BodyOf(answer);
        Assert.StartsWith(
            """{"model_name":"flowers","model_version":"1","id":"17","outputs":[{"name":"scores","shape":[2,3],"datatype":"FP32","data":[""", body, StringComparison.Ordinal);
    }

    private static IEnumerable<double> NumbersIn(JsonElement json) =>
        json.EnumerateArray().SelectMany(e => e.ValueKind == JsonValueKind.Array ? NumbersIn(e) : [e.GetDouble()]);

    private async Task<HttpResponseMessage> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await server.Rest.PostAsync(new Uri(path, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    private static Task<string> BodyOf(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
