import ActorClusterTesting
import ProcessIO

@testable import ActorCluster

/// Asks simulated workers how they are, as `WorkerIncarnation` asks real ones.
extension SimulatedPool {
    mutating func beginHealth(of incarnation: UInt64, _ world: inout SimulatedWorld) {
        guard let worker = live[incarnation]?.worker, worker.isWatched, live[incarnation]?.told == nil else { return }
        health[incarnation] = SimulatedHealth(worker, world)
        look(after: incarnation, &world)
    }

    mutating func handle(_ pulse: SimulatedWorld.Pulse, _ world: inout SimulatedWorld) {
        if pulse.isPong { return pong(of: pulse.incarnation, &world) }
        guard let due = health[pulse.incarnation]?.armed, due <= world.now else { return }
        look(after: pulse.incarnation, &world)
    }

    private mutating func look(after incarnation: UInt64, _ world: inout SimulatedWorld) {
        var moment = world.now
        if world.defect == .lateRoundsBlame { moment = health[incarnation]?.armed ?? moment }
        health[incarnation]?.armed = nil
        guard let (ping, finding) = health[incarnation]?.rules.tick(at: moment) else { return }
        if let ping, health[incarnation]?.isDue(ping, world) == false {
            world.check(false, "its root actor is asked again too soon")
        }
        if let ping, let answer = health[incarnation]?.take(ping, world) {
            world.plan(SimulatedWorld.Pulse(pool: number, incarnation: incarnation, isPong: true), at: answer)
        }
        if let finding { pass(on: finding, of: incarnation, &world) }
        rearm(incarnation, &world)
    }

    private mutating func pong(of incarnation: UInt64, _ world: inout SimulatedWorld) {
        guard let pong = health[incarnation]?.answer(world) else { return }
        do {
            for finding in try health[incarnation]?.rules.received(pong, at: world.now) ?? [] {
                pass(on: finding, of: incarnation, &world)
            }
        } catch {
            world.check(false, "a pong is refused: \(error)")
        }
        rearm(incarnation, &world)
    }

    private mutating func rearm(_ incarnation: UInt64, _ world: inout SimulatedWorld) {
        guard let worker = health[incarnation] else { return }
        let next = worker.rules.nextDeadline
        guard next != worker.armed else { return }
        health[incarnation]?.armed = next
        if let next {
            world.plan(SimulatedWorld.Pulse(pool: number, incarnation: incarnation, isPong: false), at: next)
        }
    }

    private mutating func pass(
        on finding: WorkerHealth.Finding, of incarnation: UInt64, _ world: inout SimulatedWorld
    ) {
        guard let worker = health[incarnation] else { return }
        let slot = worker.worker.slot
        world.check(worker.isTrue(finding, world), "slot \(slot) is wrongly said to be \(finding)")
        world.count(finding)
        switch finding {
        case .suspect:
            health[incarnation]?.isSuspect = true
            health[incarnation]?.isShunned = live[incarnation]?.readySince != nil
            tell(.suspect, of: incarnation, &world)
        case .recovered:
            health[incarnation]?.isSuspect = false
            health[incarnation]?.isShunned = false
            if world.defect != .staysSuspect { tell(.recovered, of: incarnation, &world) }
        case .unresponsive, .stalled:
            if world.defect != .hangIsNotTold { tell(.unhealthy(.stopped), of: incarnation, &world) }
        case .checkLate, .checkFailed: tell(.failing(.stopped), of: incarnation, &world)
        }
    }

    /// What must hold of those that were not told to go.
    func inspectHealth(_ world: inout SimulatedWorld) {
        for (incarnation, worker) in health {
            let slot = worker.worker.slot
            if let what = worker.isOverlooked(world) { world.check(false, "slot \(slot): \(what)") }
            guard owners[slot] == incarnation else { continue }
            let isRouted = routed.contains(slot)
            world.check(!isRouted || !worker.isShunned, "slot \(slot) is routed and suspect")
            let isReady = live[incarnation]?.readySince != nil
            world.check(isRouted || worker.isShunned || !isReady, "slot \(slot) is well and not routed")
        }
    }
}
