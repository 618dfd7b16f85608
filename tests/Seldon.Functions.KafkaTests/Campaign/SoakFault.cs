namespace Seldon.Functions.KafkaTests.Campaign;

/// <summary>Nothing goes wrong, for long, at half of what one instance can do.</summary>
internal sealed class SoakFault() : FaultRow("soak", "none: half load for long")
{
    private const int HalfLoad = 200;
    private const double Mebibyte = 1024 * 1024;

    public override bool IsOnRequest => true;

    public override async Task<FaultReport> RunAsync(Scene scene)
    {
        await using var run = new FaultRun(this, scene);
        await run.Pipeline.CreateTopicsAsync();
        await run.Fleet.AddAsync();
        run.StartLoad(HalfLoad);
        // What is compiled and pooled by use is no growth.
        var warm = scene.Scale.Soak / 6;
        await FaultRun.PauseAsync(warm);
        var host = run.Fleet.Running[0];
        var (memory, handles) = (host.Memory, host.Handles);
        run.Say($"{scene.Scale.Soak.TotalMinutes:0} minutes");
        await FaultRun.PauseAsync(scene.Scale.Soak - warm);
        var (memoryAfter, handlesAfter) = (host.Memory, host.Handles);
        var report = await run.FinishAsync();
        report.Note($"{scene.Scale.Soak.TotalMinutes:0.#} min; memory {memory / Mebibyte:0} MiB, then {memoryAfter / Mebibyte:0} MiB; handles {handles}, then {handlesAfter}");
        return report;
    }
}
