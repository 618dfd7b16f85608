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

    /// <summary>They only make options, so nothing of the floors knows them.</summary>
    private static readonly string[] Beside = ["Settings", "SeldonDeployments", "SeldonDeployments.Manifests"];

    private static readonly string[] Projects =
        ["Seldon.Functions", "Seldon.Functions.Kafka", "Seldon.Functions.App", "Seldon.Functions.Standalone", "Seldon.Functions.Demo"];

    public static TheoryData<string> Rooms => [.. RoomsOf("Seldon.Functions")];

    public static TheoryData<string, string> AllRooms =>
        [.. from project in Projects from room in RoomsOf(project) select (project, room)];

    [Theory, MemberData(nameof(Rooms))]
    public void Room_UsesOnlyWhatStandsBelow(string room)
    {
        var allowed = MayUse(room);

        Assert.Empty(Uses(room).Where(u => !allowed.Contains(u.Room)).Select(u => $"{u.File} uses {u.Room}"));
    }

    [Theory, MemberData(nameof(AllRooms))]
    public void Room_HoldsOneIdea(string project, string room) =>
        Assert.InRange(Directory.GetFiles(FolderOf(project, room), "*.cs").Length, 1, LargestRoom);

    [Fact]
    public void EveryRoom_HasItsFloor() => Assert.Equal(Floors.SelectMany(f => f).Concat(Beside).Order(), RoomsOf("Seldon.Functions").Where(r => r.Length > 0).Order());

    [Fact]
    public void FileSaysAnotherNamespaceThanItsFolder_ThereIsNone() =>
        Assert.Empty(from project in Projects
                     from room in RoomsOf(project)
                     from file in Directory.GetFiles(FolderOf(project, room), "*.cs")
                     let expected = room.Length == 0 ? project : $"{project}.{room}"
                     // A program of top-level statements has no namespace.
                     where Path.GetFileName(file) != "Program.cs" && !File.ReadAllText(file).Contains($"namespace {expected};", StringComparison.Ordinal)
                     select file);

    [Theory, InlineData("Records", "Models", false), InlineData("Models", "Records", true), InlineData("Graphs", "Settings", false), InlineData("Settings", "Models", true)]
    public void ArrowUp_IsNotAllowed(string from, string to, bool isAllowed) => Assert.Equal(isAllowed, MayUse(from).Contains(to));

    /// <summary>A floor's rooms may use each other. The engine itself stands on top; its log and its backoff are everybody's.</summary>
    private static HashSet<string> MayUse(string room)
    {
        if (room.Length == 0) return [.. Floors.SelectMany(f => f)];
        if (Beside.Contains(room)) return [.. Floors.SelectMany(f => f), .. Beside];
        var floor = Array.FindIndex(Floors, f => f.Contains(room));
        return [.. Floors.Take(floor + 1).SelectMany(f => f)];
    }

    private static IEnumerable<(string File, string Room)> Uses(string room) =>
        from file in Directory.GetFiles(FolderOf("Seldon.Functions", room), "*.cs")
        from use in Use().Matches(File.ReadAllText(file))
        select (Path.GetFileName(file), use.Groups[1].Value);

    private static IEnumerable<string> RoomsOf(string project)
    {
        var root = Path.Combine(Repository.Root, "functions", project);
        return from folder in Directory.GetDirectories(root, "*", SearchOption.AllDirectories).Append(root)
               let room = Path.GetRelativePath(root, folder).Replace(Path.DirectorySeparatorChar, '.')
               where room.Split('.') is not ["bin" or "obj", ..] && Directory.GetFiles(folder, "*.cs").Length > 0
               select room == "." ? "" : room;
    }

    private static string FolderOf(string project, string room) => Path.Combine([Repository.Root, "functions", project, .. room.Split('.')]);

    [GeneratedRegex(@"^using (?:static |\w+ = )?Seldon\.Functions\.([\w.]+?)(?:\.Record|\.Header)?;", RegexOptions.Multiline)]
    private static partial Regex Use();
}
