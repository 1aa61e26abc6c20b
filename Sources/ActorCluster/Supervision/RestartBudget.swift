package import ProcessIO

/// A sliding window of restarts: when one more would be too many.
package struct RestartBudget: Equatable, Sendable {
    private let intensity: RestartIntensity
    private var restarts: [Instant] = []

    package init(_ intensity: RestartIntensity) { self.intensity = intensity }

    /// Counts a restart now, if there may be one.
    package mutating func spend(at now: Instant) -> Bool {
        if intensity.restarts == .max { return true }
        restarts.removeAll { now - $0 >= intensity.window }
        guard restarts.count < intensity.restarts else { return false }
        restarts.append(now)
        return true
    }
}
