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
    /// From SIGKILL to being reaped. The system can be slow.
    let dies: Duration

    init(slot: Int, isGentle: Bool, _ world: inout SimulatedWorld) {
        self.slot = slot
        leavesOnDrain = world.chance(70) ? world.span(0...11_000) : nil
        leavesOnTerminate = world.chance(80) ? world.span(0...6_000) : nil
        dies = world.chance(95) ? .milliseconds(1) : world.span(1...2_000)
        var moment = world.now + world.span(0...20)
        if !isGentle, world.chance(4) {
            script = [(moment, .spawnFailed(.stopped))]
            return
        }
        script.append((moment, .spawned))
        // Some hang before their hello, some before they are ready.
        if !isGentle, world.chance(3) { return }
        moment = moment + world.span(1...50)
        script.append((moment, .online))
        if !isGentle, world.chance(3) { return }
        if !isGentle, world.chance(5) { script.append((moment, .failed(.stopped))) }
        moment = moment + (world.chance(90) ? world.span(1...200) : world.span(200...29_000))
        if isGentle || world.chance(90) { script.append((moment, .ready)) }
        if isGentle, world.chance(90) { return }
        moment = hang(from: moment, &world)
        let life = world.chance(60) ? 0...1_000 : world.chance(60) ? 0...20_000 : 29_000...90_000
        end(at: moment + world.span(life), &world)
    }

    /// It may fall silent, and speak again or be found out; or have grown too large.
    private mutating func hang(from moment: Instant, _ world: inout SimulatedWorld) -> Instant {
        guard world.chance(12) else { return moment }
        let suspected = moment + .seconds(3)
        if world.chance(20) {
            script.append((suspected, .replace))
            return suspected
        }
        script.append((suspected, .suspect))
        if world.chance(50) {
            let recovered = suspected + world.span(1...6_900)
            script.append((recovered, .recovered))
            return recovered
        }
        let isSilent = world.chance(70)
        script.append((suspected + .seconds(7), isSilent ? .unhealthy(.stopped) : .failing(.stopped)))
        return suspected + .seconds(8)
    }

    private mutating func end(at moment: Instant, _ world: inout SimulatedWorld) {
        let statuses: [EndStatus] = [.code(0), .code(1), .code(70), .signal(4), .signal(9), .signal(15), .unknown]
        let status = world.generator.below(200) == 0 ? .code(125) : statuses[world.generator.below(statuses.count)]
        let later = moment + (world.chance(95) ? world.span(0...30) : world.span(30...5_000))
        switch world.generator.below(20) {
        case 0: script.append((moment, .violated(.stopped)))
        case 1: script.append((moment, world.chance(20) ? .incompatible(.stopped) : .disconnected))
        case 2..<6: script.append((moment, .exited(status)))
        case 6..<9: script += [(moment, .exited(status)), (later, .disconnected)]
        case 9: script.append((moment, .stopRequested))
        case 10..<12:
            // Its children hold its output open for a while.
            script += [(moment, .reaped(lastOutput: [])), (moment, .disconnected), (later, .exited(status))]
        default: script += [(moment, .disconnected), (later, .exited(status))]
        }
    }
}
