using System.Text.RegularExpressions;

namespace Seldon.Functions.Tests.House;

/// <summary>The house: which room may use which, and how large a room may be. Read from the <c>using</c> lines of each folder.</summary>
public partial class RoomTests
{
    private const int LargestRoom = 16;

    /// <summary>The rooms of the engine, from the ground up, and those that stand beside them; each uses what is named before it.</summary>
    private static readonly string[][] Floors =
    [
        ["Options", "Telemetry"],
        ["Records"],
        ["Protocols", "Protocols.Wire", "Protocols.Seldon", "Protocols.TensorFlow", "Protocols.OpenInference"],
        ["Models", "Models.Faults", "Models.Limits", "Models.Rest", "Models.Grpc", "Merging"],
        ["Graphs"],
        ["Routing"],
    ];

    /// <summary>The rooms of the Kafka project. A lane and the outbox know each other: one hands records over, the other acknowledges them.</summary>
    private static readonly string[][] KafkaFloors =
    [
        ["Clients", "Telemetry"],
        ["Lanes", "Publishing"],
        ["Consuming", "Redriving", "Inspection"],
    ];

    /// <summary>They only make options, so nothing of the floors knows them.</summary>
    private static readonly string[] Beside = ["Settings", "SeldonDeployments", "SeldonDeployments.Manifests"];

    private static readonly string[] Projects =
        ["Seldon.Functions", "Seldon.Functions.Kafka", "Seldon.Functions.App", "Seldon.Functions.Standalone", "Seldon.Functions.Demo"];

    public static TheoryData<string, string> Rooms =>
        [.. from project in (string[])["Seldon.Functions", "Seldon.Functions.Kafka"] from room in RoomsOf(project) select (project, room)];

    public static TheoryData<string, string> AllRooms =>
        [.. from project in Projects from room in RoomsOf(project) select (project, room)];

    [Theory, MemberData(nameof(Rooms))]
    public void Room_UsesOnlyWhatStandsBelow(string project, string room)
    {
        var allowed = MayUse(project, room);

        Assert.Empty(Uses(project, room).Where(u => !allowed.Contains(u.Room)).Select(u => $"{u.File} uses {u.Room}"));
    }

    [Theory, MemberData(nameof(AllRooms))]
    public void Room_HoldsOneIdea(string project, string room) =>
        Assert.InRange(Directory.GetFiles(FolderOf(project, room), "*.cs").Length, 1, LargestRoom);

    [Fact]
    public void EveryRoom_HasItsFloor()
    {
        Assert.Equal(Floors.SelectMany(f => f).Concat(Beside).Order(), RoomsOf("Seldon.Functions").Where(r => r.Length > 0).Order());
        Assert.Equal(KafkaFloors.SelectMany(f => f).Order(), RoomsOf("Seldon.Functions.Kafka").Where(r => r.Length > 0).Order());
    }

    [Fact]
    public void FileSaysAnotherNamespaceThanItsFolder_ThereIsNone() =>
        Assert.Empty(from project in Projects
                     from room in RoomsOf(project)
                     from file in Directory.GetFiles(FolderOf(project, room), "*.cs")
                     let expected = room.Length == 0 ? project : $"{project}.{room}"
                     // A program of top-level statements has no namespace.
                     where Path.GetFileName(file) != "Program.cs" && !File.ReadAllText(file).Contains($"namespace {expected};", StringComparison.Ordinal)
                     select file);

    [Theory]
    [InlineData("Seldon.Functions", "Records", "Models", false), InlineData("Seldon.Functions", "Models", "Records", true)]
    [InlineData("Seldon.Functions", "Graphs", "Settings", false), InlineData("Seldon.Functions", "Settings", "Models", true)]
    [InlineData("Seldon.Functions.Kafka", "Publishing", "Consuming", false), InlineData("Seldon.Functions.Kafka", "Consuming", "Publishing", true)]
    public void ArrowUp_IsNotAllowed(string project, string from, string to, bool isAllowed) => Assert.Equal(isAllowed, MayUse(project, from).Contains(to));

    /// <summary>A floor's rooms may use each other. The engine itself stands on top; its log and its backoff are everybody's.</summary>
    private static HashSet<string> MayUse(string project, string room)
    {
        var floors = project == "Seldon.Functions" ? Floors : KafkaFloors;
        if (room.Length == 0) return [.. floors.SelectMany(f => f)];
        if (Beside.Contains(room)) return [.. floors.SelectMany(f => f), .. Beside];
        var floor = Array.FindIndex(floors, f => f.Contains(room));
        return [.. floors.Take(floor + 1).SelectMany(f => f)];
    }

    /// <summary>The rooms of the same project that a room's files use.</summary>
    private static IEnumerable<(string File, string Room)> Uses(string project, string room) =>
        from file in Directory.GetFiles(FolderOf(project, room), "*.cs")
        from use in Use().Matches(File.ReadAllText(file))
        where use.Groups[1].Value.StartsWith($"{project}.", StringComparison.Ordinal)
        select (Path.GetFileName(file), use.Groups[1].Value[(project.Length + 1)..]);

    private static IEnumerable<string> RoomsOf(string project)
    {
        var root = Path.Combine(Repository.Root, "functions", project);
        return from folder in Directory.GetDirectories(root, "*", SearchOption.AllDirectories).Append(root)
               let room = Path.GetRelativePath(root, folder).Replace(Path.DirectorySeparatorChar, '.')
               where room.Split('.') is not ["bin" or "obj", ..] && Directory.GetFiles(folder, "*.cs").Length > 0
               select room == "." ? "" : room;
    }

    private static string FolderOf(string project, string room) => Path.Combine([Repository.Root, "functions", project, .. room.Split('.')]);

    [GeneratedRegex(@"^using (?:static |\w+ = )?(Seldon\.Functions\.[\w.]+?)(?:\.Record|\.Header)?;", RegexOptions.Multiline)]
    private static partial Regex Use();
}
