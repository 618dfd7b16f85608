using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using Seldon.Functions.Models;
using Seldon.Functions.Protocols;
using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Fuzzing;

/// <summary>
/// A model in this process. What it does with a record is decided by the record's number: most are answered, some are refused, fail,
/// hang or lose their connection, once or always, and now and then the whole endpoint is out.
/// </summary>
internal sealed class FuzzedModel(int seed, int records)
{
    private readonly byte[] _sent = new byte[records];
    private readonly ConcurrentDictionary<long, int> _attempts = new();
    private int _isOut;
    private long _calls;

    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Whether a record was ever sent.</summary>
    public bool WasSent(long number) => Volatile.Read(ref _sent[number]) != 0;

    /// <summary>The reason with which a record is rejected that reaches the model; null if it is answered in the end.</summary>
    public RejectionReason? ReasonOf(long number) => Lot(number) switch
    {
        < 300 => RejectionReason.RefusedByModel,
        < 310 => RejectionReason.ModelFailed,
        < 313 => RejectionReason.ConnectionLost,
        < 314 => RejectionReason.ModelTimeout,
        < 316 => RejectionReason.InvalidAnswer,
        _ => null,
    };

    /// <summary>The answer to a record: nothing but its number.</summary>
    public static byte[] AnswerTo(long number)
    {
        var answer = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(answer, number);
        return answer;
    }

    public async ValueTask<Reply> SendAsync(ModelRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        var number = request.Record.Offset;
        Volatile.Write(ref _sent[number], 1);
        var lot = Lot(number);
        if (lot >= 400) return Answer(number);
        if (lot < 300) return Reply.Of(Fault.Record, 400.ToString(CultureInfo.InvariantCulture));
        if (lot < 310) return Reply.Of(Fault.Ambiguous, "500");
        if (lot < 313) return Reply.Lost("reset");
        if (lot < 314) return await HangAsync(cancellationToken);
        if (lot < 316) return Reply.InvalidAnswer("garbage");
        // The others are answered at the second call.
        if (_attempts.AddOrUpdate(number, 1, (_, n) => n + 1) > 1) return Answer(number);
        switch (lot)
        {
            case < 350:
                return Reply.Of(Fault.Ambiguous, "502");
            case < 370:
                return Reply.Lost("reset");
            case < 371:
                return await HangAsync(cancellationToken);
            case < 373:
                Interlocked.Exchange(ref _isOut, 1);
                return Reply.Of(Fault.PushBack, "503");
            case < 374:
                return Reply.NothingSent("refused");
            case < 375:
                return Reply.Of(Fault.SetUp, "404");
            default:
                await Task.Yield();
                return Answer(number);
        }
    }

    /// <summary>Not ready at the first question after an outage.</summary>
    public Readiness Probe() => Interlocked.Exchange(ref _isOut, 0) == 1 ? Readiness.No("answers 503") : Readiness.Ready;

    private static Reply Answer(long number) => Reply.Answer(AnswerTo(number), []);

    private static async ValueTask<Reply> HangAsync(CancellationToken cancellationToken)
    {
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        throw new InvalidOperationException("It hangs until it is cancelled.");
    }

    private int Lot(long number) => new Dice(~seed, number).Below(10_000);
}
