using Seldon.Functions.Records;

namespace Seldon.Functions.Tests.Records;

public class RejectionReasonTests
{
    [Fact]
    public void EveryReason_IsWrittenInLowerCaseWithHyphens() =>
        Assert.All(Enum.GetValues<RejectionReason>(), reason => Assert.Matches("^[a-z]+(-[a-z]+)*$", reason.ToWire()));
}
