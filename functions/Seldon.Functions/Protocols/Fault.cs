namespace Seldon.Functions.Protocols;

/// <summary>What kind of failure a call ended with. <c>WhoseFault</c> decides what becomes of the record.</summary>
internal enum Fault : byte
{
    /// <summary>None: the model answered.</summary>
    None,

    /// <summary>The server says that the request is wrong, or does not have what the record itself chose.</summary>
    Record,

    /// <summary>The status does not say whose fault it is.</summary>
    Ambiguous,

    /// <summary>The server asks to be left alone for a while.</summary>
    PushBack,

    /// <summary>The server refuses the route's address, model or credentials, as with a wrong setting.</summary>
    SetUp,

    /// <summary>No byte of the request reached the server.</summary>
    NotSent,
}
