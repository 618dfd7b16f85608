using Seldon.Functions.Options;
using Seldon.Functions.Protocols;

namespace Seldon.Functions.Merging;

/// <summary>The records that wait for a call of an endpoint, by the kinds of their requests.</summary>
/// <param name="limits">The most that one call takes.</param>
/// <param name="time">The clock.</param>
internal sealed class MergeQueue(BatchLimits limits, TimeProvider time)
{
    /// <summary>Beyond so many kinds, new ones are not merged: somebody writes something of their own into each request.</summary>
    private const int MostKinds = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], RequestKind> _kinds = new(KeyComparer.Instance);
    private volatile (object Address, NodeCall Call)[] _targets = [];
    private int _off;

    /// <summary>For how many kinds of requests merging is off because the model refuses it.</summary>
    public int Off => Volatile.Read(ref _off);

    /// <summary>Adds a record that waits; false if it must have a call of its own.</summary>
    public bool TryAdd(Member member)
    {
        if (member.Rows.Rows >= limits.MaxRows || member.Rows.Body.Length >= limits.MaxBytes) return false;
        var key = MergeKey.Of(member.Request, member.Rows, TargetOf(member));
        if (key.Length > MergeKey.MostBytes) return false;
        lock (_lock)
        {
            var kinds = _kinds.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!kinds.TryGetValue(key, out var kind))
            {
                if (_kinds.Count >= MostKinds) Forget();
                if (_kinds.Count >= MostKinds) return false;
                kinds[key] = kind = new RequestKind();
            }
            if (!kind.MayShare(time)) return false;
            member.Kind = kind;
            kind.Waiting.Enqueue(member);
            return true;
        }
    }

    /// <summary>The record has a place: it and all behind it that fit into the same call; null if there are none.</summary>
    /// <param name="first">The record.</param>
    /// <param name="concluded">Called when it is known what has become of them.</param>
    public List<Member>? Take(Member first, Action<MergeGroup> concluded)
    {
        var kind = first.Kind!;
        List<Member>? members = null;
        lock (_lock)
        {
            var most = kind.Most(time);
            var (rows, bytes) = (Math.Min(limits.MaxRows, most.Rows) - first.Rows.Rows, Math.Min(limits.MaxBytes, most.Bytes) - first.Rows.Body.Length);
            var mayShare = kind.MayShare(time);
            while (kind.Waiting.TryPeek(out var next))
            {
                var isWaiting = next.IsWaiting;
                if (isWaiting && (!mayShare || next.Rows.Rows > rows || next.Rows.Body.Length > bytes)) break;
                kind.Waiting.Dequeue();
                if (!isWaiting || !next.TryTake()) continue;
                // The first one's own place has been left.
                if (members is null)
                {
                    var stand = new Member(first.Request, first.Rows) { Kind = kind };
                    stand.TryTake();
                    members = [stand];
                }
                members.Add(next);
                (rows, bytes) = (rows - next.Rows.Rows, bytes - next.Rows.Body.Length);
            }
            if (members is null) return null;
            var group = new MergeGroup(kind, members.Count, kind.Begin(), concluded);
            foreach (var member in members) member.Group = group;
        }
        return members;
    }

    /// <summary>Forgets a record that has left its place.</summary>
    public void Left(Member member)
    {
        lock (_lock)
        {
            while (member.Kind!.Waiting.TryPeek(out var next) && !next.IsWaiting) member.Kind.Waiting.Dequeue();
        }
    }

    /// <summary>A call with several of the group has succeeded. Says how many failures before it were the model's flaws.</summary>
    public int Shared(MergeGroup group)
    {
        lock (_lock)
        {
            if (group.Kind.IsOff) Interlocked.Decrement(ref _off);
            return group.Kind.Shared();
        }
    }

    /// <summary>A call with so many rows and bytes was more than the server takes.</summary>
    public void Cap(RequestKind kind, int rows, int bytes)
    {
        lock (_lock) kind.Cap(rows, bytes, time);
    }

    /// <summary>It is known what became of the group.</summary>
    /// <returns>Whether its requests are the first of their kind to show that the model refuses merged ones.</returns>
    public bool Conclude(MergeGroup group)
    {
        lock (_lock)
        {
            var wasOff = group.Kind.IsOff;
            if (!group.Kind.Conclude(group, time)) return false;
            if (!wasOff) Interlocked.Increment(ref _off);
            var isNews = !group.Kind.IsOffLogged;
            group.Kind.IsOffLogged = true;
            return isNews;
        }
    }

    /// <summary>The number of where a request goes.</summary>
    private int TargetOf(Member member)
    {
        object address = (object?)member.Request.Method ?? member.Request.Path!;
        var targets = _targets;
        for (var i = 0; i < targets.Length; i++)
        {
            if (ReferenceEquals(targets[i].Address, address) && targets[i].Call == member.Request.Call) return i;
        }
        lock (_lock) _targets = [.. _targets, (address, member.Request.Call)];
        return TargetOf(member);
    }

    private void Forget()
    {
        foreach (var (key, kind) in _kinds)
        {
            if (kind.IsForgettable) _kinds.Remove(key);
        }
    }
}
