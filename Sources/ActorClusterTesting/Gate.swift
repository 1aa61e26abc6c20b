public import Testing

/// Keeps long computing apart from tests with real processes: Swift's threads are few, and whoever waits for one
/// would see the computing as a slow program.
public struct GateTrait: TestTrait, SuiteTrait, TestScoping {
    let isAlone: Bool

    /// For each test below the suite, too.
    public var isRecursive: Bool { true }

    /// Runs a test when its turn has come.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite is only the frame around its tests.
        guard testCase != nil else { return try await function() }
        await Gate.shared.enter(alone: isAlone)
        do {
            try await function()
            await Gate.shared.leave()
        } catch {
            await Gate.shared.leave()
            throw error
        }
    }
}

extension Trait where Self == GateTrait {
    /// Beside nothing else that passes the gate.
    public static var alone: Self { GateTrait(isAlone: true) }
    /// Beside other computing, not beside tests that are alone.
    public static var computing: Self { GateTrait(isAlone: false) }
}

/// Many may compute at once, or one be alone; in order of arrival.
private actor Gate {
    static let shared = Gate()

    private var inside = 0
    private var isHeldAlone = false
    private var line: [(isAlone: Bool, waiter: CheckedContinuation<Void, Never>)] = []

    func enter(alone isAlone: Bool) async {
        if line.isEmpty, mayEnter(alone: isAlone) { return admit(alone: isAlone) }
        await withCheckedContinuation { line.append((isAlone, $0)) }
    }

    func leave() {
        inside -= 1
        if inside == 0 { isHeldAlone = false }
        while let next = line.first, mayEnter(alone: next.isAlone) {
            line.removeFirst()
            admit(alone: next.isAlone)
            next.waiter.resume()
        }
    }

    private func mayEnter(alone isAlone: Bool) -> Bool { isAlone ? inside == 0 : !isHeldAlone }

    private func admit(alone isAlone: Bool) {
        inside += 1
        isHeldAlone = isAlone
    }
}
