/// Whose bytes come next, by whose came last: to read them at once is cheaper than to ask the poller first.
package struct ReadAhead: Equatable, Sendable {
    /// So often in a row the poller is not asked; others may be ready meanwhile.
    package static let mostSpared = 16

    /// Who alone had something to read when the poller was asked last.
    private var last: UInt64?
    /// It was the same before.
    private var isExpected = false
    private var spared = 0

    package init() {}

    /// What the poller has said. Where it says nothing the same is expected as before.
    package mutating func polled(_ ready: [Readiness]) {
        spared = 0
        guard let first = ready.first else { return }
        let reader = ready.count == 1 && first.interest == .readable ? first.tag : nil
        (last, isExpected) = (reader, reader == last)
    }

    /// Who is asked before the poller.
    package mutating func next() -> UInt64? {
        guard isExpected, let last, spared < Self.mostSpared else { return nil }
        spared += 1
        return last
    }

    /// That one had nothing.
    package mutating func missed() { isExpected = false }
}
