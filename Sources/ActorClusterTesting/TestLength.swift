import ProcessIO

/// How much a randomised test does: little at each commit, more with `LONG_TESTS=1` in the environment.
public enum TestLength {
    /// Whether the long runs were asked for.
    public static let isLong = currentEnvironment()["LONG_TESTS"] == "1"

    /// By how much a limit of time is to be stretched: a sanitizer makes a program slower, and `TEST_PATIENCE=10` says so.
    public static let patience = currentEnvironment()["TEST_PATIENCE"].flatMap { Int($0) } ?? 1

    /// The number of rounds to run.
    public static func rounds(_ short: Int, long: Int) -> Int { isLong ? long : short }
}
