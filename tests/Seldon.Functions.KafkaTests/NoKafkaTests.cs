using System.Reflection;

namespace Seldon.Functions.KafkaTests;

/// <summary>Where there is no Kafka, <c>dotnet test</c> runs this test alone, so that one line says why all others are skipped.</summary>
public class NoKafkaTests
{
    [Fact]
    public void EveryTestOfThisProject_NeedsAKafka()
    {
        var others = typeof(NoKafkaTests).Assembly.GetTypes().Where(t => t != typeof(NoKafkaTests))
            .SelectMany(t => t.GetMethods()).Where(m => m.GetCustomAttribute<FactAttribute>() is not null && m.DeclaringType is { IsAbstract: false }).ToList();

        Assert.All(others, t => Assert.True(t.DeclaringType!.IsSubclassOf(typeof(KafkaTest)), $"{t.DeclaringType} does not skip its tests where there is no Kafka."));
        if (KafkaFixture.WhyNone() is { } missing) Assert.Skip($"None of the {others.Count} tests against a genuine Kafka runs. {missing}");
    }
}
