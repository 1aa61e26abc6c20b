import ActorCluster
import ProcessIO
import Testing

/// Swift Testing has an `ExitStatus` too.
typealias EndStatus = ActorCluster.ExitStatus

/// A pool's rules with a clock that is moved by hand.
struct SupervisedPool {
    var supervision: Supervision
    var now = Instant.zero
    var chance = 0.0
    private(set) var lastIncarnation: UInt64 = 0

    init(count: Int = 1, _ change: (inout Supervision.Settings) -> Void = { _ in }) {
        var settings = Supervision.Settings(count: count)
        change(&settings)
        supervision = Supervision(group: "g", settings: settings)
    }

    /// A pool whose workers are all ready.
    static func running(count: Int = 1, _ change: (inout Supervision.Settings) -> Void = { _ in }) -> SupervisedPool {
        var pool = SupervisedPool(count: count, change)
        _ = pool.start()
        for slot in 0..<count { pool.makeReady(slot) }
        return pool
    }

    func incarnation(_ slot: Int = 0) -> UInt64 { supervision.incarnations[slot] ?? 0 }
    func id(_ slot: Int = 0) -> WorkerID { WorkerID(group: "g", slot: slot, incarnation: incarnation(slot)) }

    mutating func start() -> [Supervision.Action] { change { $0.start(at: $1, newIncarnation: $2) } }

    mutating func tell(_ event: Supervision.Event, of incarnation: UInt64) -> [Supervision.Action] {
        let chance = chance
        return change { $0.handle(event, of: incarnation, at: $1, chance: chance, newIncarnation: $2) }
    }

    mutating func tell(_ event: Supervision.Event, slot: Int = 0) -> [Supervision.Action] {
        tell(event, of: incarnation(slot))
    }

    mutating func restart(_ slot: Int, after incarnation: UInt64) -> [Supervision.Action] {
        change { $0.restart(slot, after: incarnation, at: $1, newIncarnation: $2) }
    }

    mutating func scale(to count: Int) -> [Supervision.Action] {
        change { $0.scale(to: count, at: $1, newIncarnation: $2) }
    }

    mutating func reload(to build: Int = 1, surge: Int = 1) -> [Supervision.Action] {
        change { $0.reload(to: build, surge: surge, at: $1, newIncarnation: $2) }
    }

    /// The second process of a slot; 0: there is none.
    func beside(_ slot: Int = 0) -> UInt64 { supervision.second(of: slot) ?? 0 }

    /// What the processes of the slots run.
    var builds: [Int?] { supervision.incarnations.map { $0.flatMap { supervision.build(of: $0) } } }

    /// The slot's second process gets ready and has the slot.
    @discardableResult
    mutating func takeOver(_ slot: Int = 0) -> [Supervision.Action] {
        let incarnation = beside(slot)
        return tell(.spawned, of: incarnation) + tell(.online, of: incarnation) + tell(.ready, of: incarnation)
    }

    /// And stays well, so that the other one leaves.
    mutating func finishTurn(_ slot: Int = 0) -> [Supervision.Action] {
        let old = incarnation(slot)
        _ = takeOver(slot) + pass(.seconds(1))
        return tell(.exited(.code(0)), of: old)
    }

    @discardableResult
    mutating func makeReady(_ slot: Int = 0) -> [Supervision.Action] {
        tell(.spawned, slot: slot) + tell(.online, slot: slot) + tell(.ready, slot: slot)
    }

    /// Lets time pass; whatever is due on the way is done at its moment.
    mutating func pass(_ duration: Duration) -> [Supervision.Action] {
        let end = now + duration
        var actions: [Supervision.Action] = []
        while let next = supervision.nextDeadline, next <= end {
            now = max(now, next)
            actions += change { $0.tick(at: $1, newIncarnation: $2) }
        }
        now = end
        return actions
    }

    /// The process is ready, lives so long, and ends. How long its slot stays empty; `nil`: for ever.
    mutating func pauseAfter(life: Duration = .zero, _ status: EndStatus = .signal(9), slot: Int = 0) -> Duration? {
        makeReady(slot)
        _ = pass(life)
        let end = now
        if tell(.exited(status), slot: slot).contains(where: { $0.isSpawn }) { return .zero }
        guard let next = supervision.nextDeadline else { return nil }
        _ = pass(next - end)
        return now - end
    }

    private mutating func change(
        _ rule: (inout Supervision, Instant, () -> UInt64) -> [Supervision.Action]
    ) -> [Supervision.Action] {
        var last = lastIncarnation
        let actions = rule(&supervision, now) {
            last += 1
            return last
        }
        lastIncarnation = last
        return actions
    }
}

extension Supervision.Action {
    var isSpawn: Bool { if case .spawn = self { true } else { false } }
    /// A replacement of a reload has failed: which, and why.
    var failedReplacement: (worker: WorkerID, reason: String)? {
        if case .reloadFailed(.reloadFailed(let worker, let reason)) = self { (worker, reason) } else { nil }
    }
    var isPoolGaveUp: Bool { if case .poolGaveUp = self { true } else { false } }
}
