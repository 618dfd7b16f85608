namespace Seldon.Functions.Tests.SeldonDeployments;

/// <summary>Manifests that are right, for tests to change a line of.</summary>
internal static class SampleManifest
{
    /// <summary>The SeldonDeployment of a TensorFlow model that users of native Kafka processing start from.</summary>
    public const string Cifar10 = """
        apiVersion: machinelearning.seldon.io/v1
        kind: SeldonDeployment
        metadata:
          name: tfserving-cifar10
        spec:
          protocol: tensorflow
          transport: rest
          serverType: kafka  
          predictors:
          - componentSpecs:
            - spec:
                containers:
                - args: 
                  - --port=8500
                  - --rest_api_port=8501
                  - --model_name=resnet32
                  - --model_base_path=gs://seldon-models/tfserving/cifar10/resnet32
                  - --enable_batching
                  image: tensorflow/serving
                  name: resnet32
                  ports:
                  - containerPort: 8501
                    name: http
            svcOrchSpec:
              env:
              - name: KAFKA_BROKER
                value: 10.12.10.16:9094
              - name: KAFKA_INPUT_TOPIC
                value: cifar10-rest-input
              - name: KAFKA_OUTPUT_TOPIC
                value: cifar10-rest-output
            graph:
              name: resnet32
              type: MODEL
              endpoint:
                service_port: 8501
            name: model
            replicas: 1

        """;

    /// <summary>A manifest around a graph: eight containers from c0 to c7, and the graph begins in line 20.</summary>
    /// <param name="graph">In flow style, or in block style that is indented by six spaces.</param>
    /// <param name="spec">A line of spec, in place of <c>serverType: kafka</c>.</param>
    public static string Around(string graph, string spec = "serverType: kafka") => $$"""
        apiVersion: machinelearning.seldon.io/v1
        kind: SeldonDeployment
        metadata:
          name: d
          namespace: n
        spec:
          {{spec}}
          predictors:
          - name: p
            componentSpecs:
            - spec:
                containers: [{name: c0}, {name: c1}, {name: c2}, {name: c3}]
            - spec:
                containers: [{name: c4}, {name: c5}, {name: c6}, {name: c7, ports: [{name: http, containerPort: 7070}, {name: grpc, containerPort: 7071}, {containerPort: 1}]}]
            svcOrchSpec:
              env:
              - {name: KAFKA_BROKER, value: "b:1"}
              - {name: KAFKA_INPUT_TOPIC, value: in}
              - {name: KAFKA_OUTPUT_TOPIC, value: out}
            graph: {{graph}}

        """;
}
