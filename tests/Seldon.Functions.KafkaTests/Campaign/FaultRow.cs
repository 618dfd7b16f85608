namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>A row of the campaign: something goes wrong while records flow.</summary>
/// <param name="name">What <c>--row</c> calls it.</param>
/// <param name="what">What goes wrong, for the table.</param>
internal abstract class FaultRow(string name, string what)
{
    private static readonly string[] Protocols = ["classic", "consumer"];

    /// <summary>All rows, in the order of the table; the soak only when it is asked for.</summary>
    public static IReadOnlyList<FaultRow> All { get; } =
    [
        .. Protocols.Select(p => new KillFault(p)),
        new RestartFault(),
        new KillRefusedFault(),
        .. Protocols.Select(p => new ScaleFault(p)),
        .. Protocols.Select(p => new FreezeFault(p)),
        .. Protocols.Select(p => new BrokerRestartFault(p)),
        .. Protocols.Select(p => new LeaderFault(p)),
        new CoordinatorFault(),
        new StandstillFault(),
        new SharedIdFault(),
        new RefusedFault(),
        new AccessFlapsFault(),
        new FrozenBrokerFault(),
        .. Protocols.Select(p => new ClockFault(p)),
        new ClockOutageFault(),
        new OutageFault(),
        new PoisonFault(),
        new ProduceErrorFault(),
        new MissingTopicFault(),
        new AccessFault(),
        new CredentialsFault(),
        new SharedGroupFault(),
        new SoakFault(),
    ];

    public string Name => name;

    public string What => what;

    /// <summary>Whether it belongs to the campaign as a whole.</summary>
    public virtual bool IsOnRequest => false;

    /// <summary>What this row needs and this machine does not have; null if nothing.</summary>
    public virtual string? Missing => null;

    /// <summary>Whether its broker has transactions.</summary>
    public virtual bool HasTransactions => true;

    /// <summary>Whether it means nothing without transactions.</summary>
    public virtual bool NeedsTransactions => false;

    /// <summary>What this row needs, for this delivery, and does not have here; null if nothing.</summary>
    public string? MissingFor(string delivery) => delivery switch
    {
        "exactly-once" when !HasTransactions => "Its broker has no transactions.",
        "acknowledged" when NeedsTransactions => "It is about transactions.",
        _ => Missing,
    };

    /// <summary>Lets it happen and reports what came out.</summary>
    public abstract Task<FaultReport> RunAsync(Scene scene);
}
