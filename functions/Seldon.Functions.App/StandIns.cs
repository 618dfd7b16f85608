// The worker's API as far as this app uses it, for builds without the worker's packages (FunctionsWorker=stand-in). The names and
// signatures are those of Microsoft.Azure.Functions.Worker 2.52.0 and Microsoft.Azure.Functions.Worker.Extensions.Kafka 4.3.0; there
// is nothing behind them. The genuine build leaves this file out.
#pragma warning disable CA1019, CA1056, CA1716, CA1720, CA1724, CA1805, CA1813, CA2227, IDE0032 // The shapes are theirs.

using System.ComponentModel;
using System.Text;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Builder
{
    public static class FunctionsApplication
    {
        /// <summary>Ends the process: there is no worker in this build.</summary>
        public static FunctionsApplicationBuilder CreateBuilder(string[] args)
        {
            Console.Error.WriteLine(
                "This build has stand-ins for the Functions worker and cannot be started: build it with dotnet build -p:FunctionsWorker=nuget, or in its own folder, and start it with func start.");
            Environment.Exit(1);
            return new FunctionsApplicationBuilder(args);
        }
    }

    public interface IFunctionsWorkerApplicationBuilder
    {
        IServiceCollection Services { get; }
    }

    public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
    {
        private readonly HostApplicationBuilder _builder;

        internal FunctionsApplicationBuilder(string[] args) => _builder = Host.CreateApplicationBuilder(args);

        public IConfigurationManager Configuration => _builder.Configuration;

        public IHostEnvironment Environment => _builder.Environment;

        public ILoggingBuilder Logging => _builder.Logging;

        public IMetricsBuilder Metrics => _builder.Metrics;

        public IServiceCollection Services => _builder.Services;

        IDictionary<object, object> IHostApplicationBuilder.Properties => ((IHostApplicationBuilder)_builder).Properties;

        public IHost Build() => _builder.Build();

        void IHostApplicationBuilder.ConfigureContainer<TContainerBuilder>(IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure) =>
            _builder.ConfigureContainer(factory, configure);
    }
}

namespace Microsoft.Azure.Functions.Worker.Core.FunctionMetadata
{
    public interface IRetryOptions
    {
        int? MaxRetryCount { get; }
    }

    public interface IFunctionMetadata
    {
        string? FunctionId { get; }

        bool IsProxy { get; }

        string? Language { get; }

        bool ManagedDependencyEnabled { get; }

        string? Name { get; }

        string? EntryPoint { get; }

        IList<string>? RawBindings { get; }

        string? ScriptFile { get; }

        IRetryOptions? Retry { get; }
    }

    public class DefaultFunctionMetadata : IFunctionMetadata
    {
        public string? FunctionId { get; set; }

        public bool IsProxy { get; set; }

        public string? Language { get; set; }

        public bool ManagedDependencyEnabled { get; set; }

        public string? Name { get; set; }

        public string? EntryPoint { get; set; }

        public IList<string>? RawBindings { get; set; }

        public string? ScriptFile { get; set; }

        public IRetryOptions? Retry { get; set; }
    }

    public interface IFunctionMetadataTransformer
    {
        string Name { get; }

        void Transform(IList<IFunctionMetadata> original);
    }
}

namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions
{
    public abstract class BindingAttribute : Attribute;

    [AttributeUsage(AttributeTargets.Parameter)]
    public abstract class TriggerBindingAttribute : BindingAttribute;

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
    public abstract class OutputBindingAttribute : BindingAttribute;

    public enum Cardinality
    {
        Many = 0,
        One = 1,
    }

    public interface ISupportCardinality
    {
        Cardinality Cardinality { get; set; }
    }
}

// The Kafka package says nothing of null.
#nullable disable
namespace Microsoft.Azure.Functions.Worker
{
    [AttributeUsage(AttributeTargets.Method)]
    public class FunctionAttribute(string name) : Attribute
    {
        public string Name => name;
    }

    public sealed class KafkaTriggerAttribute(string brokerList, string topic) : TriggerBindingAttribute, ISupportCardinality
    {
        public string Topic { get; private set; } = topic;

        public string BrokerList { get; private set; } = brokerList;

        public string ConsumerGroup { get; set; }

        public string AvroSchema { get; set; }

        public string KeyAvroSchema { get; set; }

        public KafkaMessageKeyType KeyDataType { get; set; } = KafkaMessageKeyType.String;

        public BrokerAuthenticationMode AuthenticationMode { get; set; } = BrokerAuthenticationMode.NotSet;

        public string Username { get; set; }

        public string Password { get; set; }

        public BrokerProtocol Protocol { get; set; } = BrokerProtocol.NotSet;

        public string SslKeyLocation { get; set; }

        public string SslCaLocation { get; set; }

        public string SslCertificateLocation { get; set; }

        public string SslKeyPassword { get; set; }

        public string SslCertificatePEM { get; set; }

        public string SslKeyPEM { get; set; }

        public string SslCaPEM { get; set; }

        public string SslCertificateandKeyPEM { get; set; }

        public long LagThreshold { get; set; } = 1000;

        public string SchemaRegistryUrl { get; set; }

        public string SchemaRegistryUsername { get; set; }

        public string SchemaRegistryPassword { get; set; }

        public OAuthBearerMethod OAuthBearerMethod { get; set; }

        public string OAuthBearerClientId { get; set; }

        public string OAuthBearerClientSecret { get; set; }

        public string OAuthBearerScope { get; set; }

        public string OAuthBearerTokenEndpointUrl { get; set; }

        public string OAuthBearerExtensions { get; set; }

        [DefaultValue(false)]
        public bool IsBatched { get; set; }

        Cardinality ISupportCardinality.Cardinality
        {
            get => IsBatched ? Cardinality.Many : Cardinality.One;
            set => IsBatched = value == Cardinality.Many;
        }
    }

    public sealed class KafkaOutputAttribute(string brokerList, string topic) : OutputBindingAttribute
    {
        public string Topic { get; private set; } = topic;

        public string BrokerList { get; set; } = brokerList;

        public string AvroSchema { get; set; }

        public string KeyAvroSchema { get; set; }

        public KafkaMessageKeyType KeyDataType { get; set; } = KafkaMessageKeyType.String;

        public int MaxMessageBytes { get; set; } = 1_000_000;

        public int BatchSize { get; set; } = 10_000;

        public bool EnableIdempotence { get; set; }

        public int MessageTimeoutMs { get; set; } = 300_000;

        public int RequestTimeoutMs { get; set; } = 5_000;

        public int MaxRetries { get; set; } = int.MaxValue;

        public BrokerAuthenticationMode AuthenticationMode { get; set; } = BrokerAuthenticationMode.NotSet;

        public string Username { get; set; }

        public string Password { get; set; }

        public BrokerProtocol Protocol { get; set; } = BrokerProtocol.NotSet;

        public string SslKeyLocation { get; set; }

        public string SslCaLocation { get; set; }

        public string SslCertificateLocation { get; set; }

        public string SslKeyPassword { get; set; }

        public string SslCertificatePEM { get; set; }

        public string SslKeyPEM { get; set; }

        public string SslCaPEM { get; set; }

        public string SslCertificateandKeyPEM { get; set; }

        public int LingerMs { get; set; } = 5;

        public string SchemaRegistryUrl { get; set; }

        public string SchemaRegistryUsername { get; set; }

        public string SchemaRegistryPassword { get; set; }

        public OAuthBearerMethod OAuthBearerMethod { get; set; }

        public string OAuthBearerClientId { get; set; }

        public string OAuthBearerClientSecret { get; set; }

        public string OAuthBearerScope { get; set; }

        public string OAuthBearerTokenEndpointUrl { get; set; }

        public string OAuthBearerExtensions { get; set; }
    }

    public enum KafkaMessageKeyType
    {
        Int = 0,
        Long,
        String,
        Binary,
    }

    public enum BrokerAuthenticationMode
    {
        NotSet = -1,
        Gssapi,
        Plain,
        ScramSha256,
        ScramSha512,
        OAuthBearer,
    }

    public enum BrokerProtocol
    {
        NotSet = -1,
        Plaintext,
        Ssl,
        SaslPlaintext,
        SaslSsl,
    }

    public enum OAuthBearerMethod
    {
        Default,
        Oidc,
    }

    public enum KafkaTimestampType
    {
        NotAvailable = 0,
        CreateTime = 1,
        LogAppendTime = 2,
    }

    public class KafkaRecord
    {
        public string Topic { get; set; }

        public int Partition { get; set; }

        public long Offset { get; set; }

        public byte[] Key { get; set; }

        public byte[] Value { get; set; }

        public KafkaTimestamp Timestamp { get; set; }

        public KafkaHeader[] Headers { get; set; }
    }

    public class KafkaHeader
    {
        public string Key { get; set; }

        public byte[] Value { get; set; }

        public string GetValueAsString() => Value is null ? null : Encoding.UTF8.GetString(Value);
    }

    public class KafkaTimestamp
    {
        public long UnixTimestampMs { get; set; }

        public KafkaTimestampType Type { get; set; }

        public DateTimeOffset DateTimeOffset => DateTimeOffset.FromUnixTimeMilliseconds(UnixTimestampMs);
    }
}
