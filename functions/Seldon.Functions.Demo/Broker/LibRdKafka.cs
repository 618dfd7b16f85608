using System.Reflection;
using System.Runtime.InteropServices;

namespace Seldon.Functions.Demo.Broker;

/// <summary>
/// The functions of librdkafka that the embedded broker needs: a client handle and the mock cluster upon it. The library is
/// the one that the Kafka client brings along; whether that client has loaded it already makes no difference.
/// Source: rdkafka.h and rdkafka_mock.h of librdkafka 2.16.
/// </summary>
internal static partial class LibRdKafka
{
    private const string Library = "librdkafka";

    /// <summary>RD_KAFKA_PRODUCER.</summary>
    public const int Producer = 0;

    static LibRdKafka() => NativeLibrary.SetDllImportResolver(typeof(LibRdKafka).Assembly, Resolve);

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint ConfNew();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ConfSet(nint conf, string name, string value, nint errorText, nuint errorTextSize);

    /// <summary>Owns the configuration from then on if it succeeds; null if not.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    public static partial nint New(int type, nint conf, nint errorText, nuint errorTextSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    public static partial void Destroy(nint handle);

    /// <summary>A text that the library keeps.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_err2str")]
    public static partial nint ErrorText(int errorCode);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    public static partial nint ClusterNew(nint handle, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    public static partial void ClusterDestroy(nint cluster);

    /// <summary>A text that the cluster keeps.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    public static partial nint ClusterBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    public static partial void GroupInitialRebalanceDelay(nint cluster, int milliseconds);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int TopicCreate(nint cluster, string topic, int partitions, int replicas);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_set_error", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void TopicSetError(nint cluster, string topic, int errorCode);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_push_request_errors_array")]
    public static partial void PushRequestErrors(nint cluster, short apiKey, nuint count, int[] errorCodes);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_clear_request_errors")]
    public static partial void ClearRequestErrors(nint cluster, short apiKey);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_down")]
    public static partial int BrokerSetDown(nint cluster, int brokerId);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_up")]
    public static partial int BrokerSetUp(nint cluster, int brokerId);

    /// <summary>
    /// The package has several builds for Linux: <c>librdkafka.so</c> needs a libsasl2.so.3 that Debian and Ubuntu do not
    /// have, the one for centos8 needs none, the one for alpine is linked to musl. The first that loads is taken.
    /// </summary>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library) return 0;
        foreach (var build in Builds())
        {
            if (NativeLibrary.TryLoad(build, assembly, searchPath, out var loaded)) return loaded;
            foreach (var path in PathsOf(build))
            {
                if (NativeLibrary.TryLoad(path, out loaded)) return loaded;
            }
        }
        throw new DllNotFoundException(
            $"No librdkafka for {RuntimeInformation.RuntimeIdentifier} loads from {AppContext.BaseDirectory}: build or publish the app for this platform.");
    }

    private static string[] Builds() => RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal)
        ? ["alpine-librdkafka", Library]
        : [Library, "centos8-librdkafka", "alpine-librdkafka"];

    /// <summary>Where the package's files lie: <c>runtimes/OS-ARCHITECTURE/native</c>, or beside the app when it is published for one platform.</summary>
    private static IEnumerable<string> PathsOf(string build)
    {
        var (os, extension) = OperatingSystem.IsWindows() ? ("win", ".dll") : OperatingSystem.IsMacOS() ? ("osx", ".dylib") : ("linux", ".so");
        var platform = $"{os}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", platform, "native", build + extension);
        yield return Path.Combine(AppContext.BaseDirectory, build + extension);
    }
}
