/// Whether to look out for something before sleeping, by how that has gone: waking a processor that has gone to sleep
/// takes longer than most calls, but where there is nothing to see soon, or others need the processor, looking only
/// costs.
package struct Patience: Equatable, Sendable {
    /// So many watches in vain, one after another, and the next are left out.
    package static let misses = 3
    /// First 8 are left out, then twice as many each time, up to this.
    package static let mostSkipped = 512

    private var missed = 0
    private var skipping = 0

    package init() {}

    /// Called before each sleep.
    package mutating func mayWatch() -> Bool {
        if skipping == 0 { return true }
        skipping -= 1
        return false
    }

    package mutating func watched(_ outcome: Vigil.Outcome) {
        switch outcome {
        // It came while the process was still busy: nothing has been learned about waiting.
        case .foundAtOnce: break
        case .found: missed = 0
        case .missed, .disturbed:
            missed += 1
            guard missed >= Self.misses else { return }
            skipping = min(8 << min(missed - Self.misses, 6), Self.mostSkipped)
        }
    }
}

/// One time of looking out, look by look.
package struct Vigil: Equatable, Sendable {
    package enum Outcome: Hashable, Sendable {
        case foundAtOnce
        case found
        case missed
        /// Somebody else had the processor meanwhile: what came then would have come anyway.
        case disturbed
    }

    /// How long to look out: about what it takes to wake a sleeping processor.
    package static let longest = Duration.microseconds(50)
    /// A look takes less than 1 µs; after a longer pause this one was not alone on its processor.
    package static let disturbance = Duration.microseconds(8)

    private let yields: Bool
    private let end: Instant
    private var last: Instant
    private var isFirst = true

    /// Until `limit` at most, if there is one. `yields`: on the only processor there is one look, after others have had
    /// their turn.
    package init(at now: Instant, limit: Instant?, yields: Bool) {
        self.yields = yields
        last = now
        end = min(now + Self.longest, limit ?? .distantFuture)
    }

    /// What a look has shown; `nil`: to be looked again.
    package mutating func looked(hasFound: Bool, at now: Instant) -> Outcome? {
        if yields { return now - last > Self.longest ? .disturbed : hasFound ? .found : .missed }
        defer { (last, isFirst) = (now, false) }
        if hasFound, isFirst { return .foundAtOnce }
        if now - last > Self.disturbance { return .disturbed }
        if hasFound { return .found }
        return now >= end ? .missed : nil
    }
}
