import ProcessIO
public import Testing

/// Which tests run beside which. Those with real processes mostly wait, so others compute meanwhile; but Swift's
/// threads are few, and whoever waits for one would see the computing as a slow program. So that goes to threads of its
/// own, which give way.
public struct GateTrait: TestTrait, SuiteTrait, TestScoping {
    /// `nil`: it comes and goes as it likes.
    fileprivate let pass: Gate.Pass?

    /// For each test below the suite, too.
    public var isRecursive: Bool { true }

    /// Runs a test when its turn has come.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite is only the frame around its tests.
        guard testCase != nil, let pass else { return try await function() }
        await Gate.shared.enter(pass)
        let result = await Result { try await run(test, as: pass, function) }
        await Gate.shared.leave(pass)
        try result.get()
    }

    private func run(_ test: Test, as pass: Gate.Pass, _ function: @Sendable () async throws -> Void) async throws {
        switch pass {
        case .computing: try await withTaskExecutorPreference(ThreadPerJob(givesWay: true)) { try await function() }
        case .sharing:
            await Company.shared.join()
            let mark = "\(UInt64.random(in: 1 ... .max))"
            let result = await Result { try await Company.$mark.withValue(mark) { try await function() } }
            try await Company.shared.leave(test.displayName ?? test.name)
            try result.get()
        case .exclusive, .apart, .quiet: try await function()
        }
    }
}

extension Trait where Self == GateTrait {
    /// One at a time of all that use processes, descriptors and timers of this process.
    public static var exclusive: Self { GateTrait(pass: .exclusive) }
    /// Of those that use the same some at a time (`Company.places`), after the exclusive ones. What they leave behind is
    /// looked for when none of them runs (`Company`).
    public static var sharing: Self { GateTrait(pass: .sharing) }
    /// One at a time of those that run other programs and keep no descriptor meanwhile.
    public static var apart: Self { GateTrait(pass: .apart) }
    /// As many at a time as there are processors.
    public static var computing: Self { GateTrait(pass: .computing) }
    /// For one that is exclusive and measures this process: nothing computes meanwhile, and no other program runs.
    public static func quiet(ifLong: Bool = false) -> Self {
        GateTrait(pass: ifLong && !TestLength.isLong ? nil : .quiet)
    }
}

extension Result where Failure == any Error {
    /// What comes out of it.
    package init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

private actor Gate {
    enum Pass { case exclusive, sharing, apart, computing, quiet }

    static let shared = Gate()

    private var inside: [Pass: Int] = [:]
    /// In order of arrival.
    private var line: [(pass: Pass, waiter: CheckedContinuation<Void, Never>)] = []

    func enter(_ pass: Pass) async {
        if mayEnter(pass) { return inside[pass, default: 0] += 1 }
        await withCheckedContinuation { line.append((pass, $0)) }
    }

    func leave(_ pass: Pass) {
        inside[pass, default: 0] -= 1
        while let place = line.firstIndex(where: { mayEnter($0.pass) }) {
            let next = line.remove(at: place)
            inside[next.pass, default: 0] += 1
            next.waiter.resume()
        }
    }

    private func mayEnter(_ pass: Pass) -> Bool {
        switch pass {
        case .exclusive: count(.exclusive) == 0 && count(.sharing) == 0
        case .sharing: count(.exclusive) == 0 && !awaits(.exclusive) && count(.sharing) < Company.places
        case .quiet: count(.computing) == 0 && count(.apart) == 0
        case .apart: count(.apart) == 0 && isLoud
        case .computing: count(.computing) < availableProcessors && isLoud
        }
    }

    /// Nobody needs quiet, or waits for it.
    private var isLoud: Bool { count(.quiet) == 0 && !awaits(.quiet) }

    private func awaits(_ pass: Pass) -> Bool { line.contains { $0.pass == pass } }

    private func count(_ pass: Pass) -> Int { inside[pass, default: 0] }
}
