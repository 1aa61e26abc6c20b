import ActorCluster
import ActorClusterTesting
import ProcessIO

/// What one simulated process will do by itself, and how it takes being told to go.
struct SimulatedWorker {
    enum Trouble {
        case none
        /// It is stopped, by SIGSTOP or by the system.
        case silent(Range<Instant>)
        case stalled(from: Instant)
        case checkLate(from: Instant)
        case checkThrows(from: Instant, times: UInt64)
    }

    let slot: Int
    /// What it does at which moment; what comes after its end is not done, but for what is seen late.
    private(set) var script: [(Instant, Supervision.Event)] = []
    /// After being told so, it leaves after this long; `nil`: not for that.
    let leavesOnDrain: Duration?
    let leavesOnTerminate: Duration?
    /// From SIGKILL to being reaped. The system can be slow.
    let dies: Duration
    private(set) var trouble = Trouble.none
    /// Pings cost time, so only some workers get them: those in trouble, and a few others.
    private(set) var isWatched: Bool
    /// From a ping to its pong.
    private(set) var delay: Duration
    /// When it grows above the memory limit.
    let bloats: Instant
    let callsPerSecond: UInt64

    /// What kind of life it has.
    enum Temper: Equatable {
        case any
        /// It gets ready, and mostly lives until it is told to go.
        case gentle
        /// It ends before it is ready, or is not in time.
        case neverReady
        /// It does not live long.
        case shortLived
    }

    init(slot: Int, temper: Temper, isCounted: Bool, _ world: inout SimulatedWorld) {
        self.slot = slot
        let isGentle = temper != .any
        leavesOnDrain = world.chance(70) ? world.span(0...11_000) : nil
        leavesOnTerminate = world.chance(80) ? world.span(0...6_000) : nil
        dies = world.chance(95) ? .milliseconds(1) : world.span(1...2_000)
        delay = world.span(0...20)
        isWatched = isCounted ? world.chance(30) : world.chance(1)
        callsPerSecond = UInt64(world.generator.below(40))
        bloats = world.chance(30) ? world.now + world.span(0...60_000) : .distantFuture
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
        if temper == .neverReady {
            if world.chance(50) { end(at: moment, &world) }
            return
        }
        if isGentle || world.chance(90) { script.append((moment, .ready)) }
        if temper == .shortLived {
            end(at: moment + world.span(0...1_500), &world)
            return
        }
        if isGentle, world.chance(90) { return }
        moment = suffer(from: moment, &world)
        let life = world.chance(60) ? 0...1_000 : world.chance(60) ? 0...20_000 : 29_000...90_000
        end(at: moment + world.span(life), &world)
    }

    /// It may fall silent, and speak again or be found out; its threads may be stuck, or its root actor be unwell.
    private mutating func suffer(from moment: Instant, _ world: inout SimulatedWorld) -> Instant {
        guard world.chance(10) else { return moment }
        isWatched = true
        if world.chance(10) { delay = world.span(100...2_900) }
        let begins = moment + world.span(0...2_000)
        switch world.generator.below(20) {
        case 0..<2: trouble = .stalled(from: begins)
        case 2: trouble = .checkLate(from: begins)
        case 3..<6: trouble = .checkThrows(from: begins, times: 1 + UInt64(world.generator.below(4)))
        case 6..<11:
            trouble = .silent(begins..<(.distantFuture))
            return begins + .seconds(13)
        case 11..<19:
            // About as long as it may, and longer.
            let end = begins + world.span(500...10_000)
            trouble = .silent(begins..<end)
            return end
        default: return moment
        }
        return begins + .seconds(45)
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
