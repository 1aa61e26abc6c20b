import ProcessIO

/// How much a randomised test does: little at each commit, more with `LONG_TESTS=1` in the environment.
public enum TestLength {
    /// Whether the long runs were asked for.
    public static let isLong = currentEnvironment()["LONG_TESTS"] == "1"

    /// By how much a limit of time is to be stretched: a sanitizer makes a program slower, and `TEST_PATIENCE=10`
    /// says so.
    public static let patience = currentEnvironment()["TEST_PATIENCE"].flatMap { Int($0) } ?? 1

    /// How long a test may take, its wait for others included.
    public static let minutes = isLong ? 60 : patience > 1 ? 30 : 5

    /// `SEED` from the environment.
    public static let givenSeed = currentEnvironment()["SEED"].flatMap { UInt64($0) }

    /// Where random numbers begin: `SEED` from the environment, or always the same at each commit and any in a long
    /// run.
    public static let seed = givenSeed ?? (isLong ? .random(in: 0 ... .max) : usualSeed)

    /// At each commit, and always where a test says how soon chance finds something.
    public static let usualSeed: UInt64 = 20_260_214

    /// Whether this build is optimised: one that is not computes ten times as long.
    public static let isOptimized: Bool = {
        #if DEBUG
        false
        #else
        true
        #endif
    }()

    /// The number of rounds to run. Of thousands a tenth is enough where each takes ten times as long. `unoptimized`: fewer in a
    /// build that is not optimised.
    public static func rounds(_ short: Int, unoptimized: Int? = nil, long: Int) -> Int {
        if isLong { return long }
        let short = isOptimized ? short : unoptimized ?? short
        return short < 1_000 ? short : short / patience
    }
}
