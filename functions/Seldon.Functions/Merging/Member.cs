using System.Diagnostics;
using Seldon.Functions.Models;
using Seldon.Functions.Models.Limits;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Merging;

/// <summary>A record that waits for its call and may share one.</summary>
/// <param name="request">Its request.</param>
/// <param name="rows">The same as rows.</param>
internal sealed class Member(ModelRequest request, RowBody rows) : Place
{
    public ModelRequest Request => request;

    public RowBody Rows => rows;

    /// <summary>The record's span; null if nobody listens.</summary>
    public Activity? Span { get; } = Activity.Current;

    /// <summary>What kind of request it is, once it is in the queue.</summary>
    public RequestKind? Kind { get; set; }

    /// <summary>The records that it shares its fate with; null while it waits.</summary>
    public MergeGroup? Group { get; set; }

    /// <summary>The record is answered.</summary>
    public void Answer(Answer answer)
    {
        if (TrySetResult(answer)) Group!.Decided(isAnswered: true);
    }

    /// <summary>The record is to call on its own, as if it had never been with others.</summary>
    public void GoAlone()
    {
        if (TrySetResult(null)) Group!.WentAlone();
    }
}
