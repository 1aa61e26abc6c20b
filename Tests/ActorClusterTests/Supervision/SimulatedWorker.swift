import ActorCluster
import ActorClusterTesting
import ProcessIO

/// What one simulated process will do by itself, and how it takes being told to go.
struct SimulatedWorker {
    let slot: Int
    /// What it does at which moment; what comes after its end is not done, but for what is seen late.
    private(set) var script: [(Instant, Supervision.Event)] = []
    /// After being told so, it leaves after this long; `nil`: not for that.
    let leavesOnDrain: Duration?
    let leavesOnTerminate: Duration?

    init(slot: Int, at spawn: Instant, isGentle: Bool, _ generator: inout SeededGenerator) {
        self.slot = slot
        func chance(_ percent: Int) -> Bool { generator.below(100) < percent }
        func span(_ range: ClosedRange<Int>) -> Duration {
            .milliseconds(range.lowerBound + generator.below(range.upperBound - range.lowerBound + 1))
        }
        leavesOnDrain = chance(70) ? span(0...11_000) : nil
        leavesOnTerminate = chance(80) ? span(0...6_000) : nil
        var now = spawn + span(0...20)
        if !isGentle, chance(4) {
            script = [(now, .spawnFailed(.stopped))]
            return
        }
        script.append((now, .spawned))
        // Some hang before their hello, some before they are ready.
        if !isGentle, chance(3) { return }
        now = now + span(1...50)
        script.append((now, .online))
        if !isGentle, chance(3) { return }
        if !isGentle, chance(5) { script.append((now, .failed(.stopped))) }
        now = now + span(1...200)
        if chance(90) { script.append((now, .ready)) }
        if isGentle, chance(90) { return }
        now = now + (chance(60) ? span(0...1_000) : chance(60) ? span(0...20_000) : span(29_000...90_000))
        end(at: now, &generator)
    }

    private mutating func end(at now: Instant, _ generator: inout SeededGenerator) {
        let statuses: [EndStatus] = [.code(0), .code(1), .code(70), .signal(4), .signal(9), .signal(15), .unknown]
        let status =
            Int.random(in: 0..<200, using: &generator) == 0
            ? .code(125) : statuses[Int.random(in: statuses.indices, using: &generator)]
        let later = now + .milliseconds(Int64.random(in: 0...30, using: &generator))
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: script.append((now, .violated(.stopped)))
        case 1:
            script.append(
                (now, Int.random(in: 0..<5, using: &generator) == 0 ? .incompatible(.stopped) : .disconnected))
        case 2..<6: script.append((now, .exited(status)))
        case 6..<9: script += [(now, .exited(status)), (later, .disconnected)]
        default: script += [(now, .disconnected), (later, .exited(status))]
        }
    }
}
