import ActorCluster
import ActorClusterTesting
import ProcessIO

/// A pool's queue, the turns of its priorities and its choice of workers, under calls that come, end, are cancelled and
/// expire, and workers that come and go, with a clock of its own. Beside them it keeps a plain list of the calls that
/// wait, and holds the two against each other. Everything follows from the seed.
struct QueueSimulation {
    struct Worker {
        var isReady = false
        /// It has been ready, so keys belong to it.
        var hasBegun = false
        var inFlight = 0
        var idleSince: UInt64 = 0
        let tags: Set<UInt64>
        var turn = PriorityTurn()
        /// Calls that it has taken while one of this priority waited for it.
        var passed: [CallPriority: Int] = [:]
    }

    struct Call {
        let id: UInt64
        let wish: Wish
        let priority: CallPriority
        let deadline: Instant
    }

    var generator: SeededGenerator
    /// Put in on purpose, to see whether it is found.
    let defect: QueueDefect?
    let limit: Int
    let capacity: Int
    let isSticky: Bool
    /// Of a hundred things that happen, so many are calls, and of a hundred calls so many are urgent.
    let rush: Int
    let urgency: Int
    var queue: PoolQueue<UInt64>
    var selection: WorkerSelection
    var workers: [Worker]
    var now = Instant.zero
    /// In order of arrival.
    var waiting: [Call] = []
    /// How often each call has ended its wait, or has not had to wait.
    var endings: [Int] = []
    private let complaints = Complaints()
    private(set) var steps = 0

    /// Calls that were made.
    var calls: Int { endings.count }

    init(seed: UInt64, defect: QueueDefect? = nil) {
        var generator = SeededGenerator(seed: seed)
        self.defect = defect
        limit = 1 + Int.random(in: 0..<60, using: &generator)
        capacity = 1 + Int.random(in: 0..<3, using: &generator)
        rush = Int.random(in: 30..<60, using: &generator)
        urgency = Int.random(in: 0..<95, using: &generator)
        let scheduling: [Scheduling] = [.roundRobin, .leastBusy, .idleFirst(), .sticky]
        let chosen = Int.random(in: 0..<scheduling.count, using: &generator)
        isSticky = chosen == 3
        selection = WorkerSelection(scheduling[chosen])
        queue = PoolQueue(limit: defect == .oneTooManyWaits ? limit + 1 : limit)
        let count = Int.random(in: 1...6, using: &generator)
        workers = []
        for _ in 0..<count {
            let tags = Set((0..<3 as Range<UInt64>).filter { _ in Bool.random(using: &generator) })
            workers.append(Worker(tags: tags))
        }
        self.generator = generator
    }

    /// The sentences say what was wrong.
    mutating func run() -> [String] {
        for slot in workers.indices where chance(80) { change(slot) }
        while wrong.isEmpty, steps < 400 {
            steps += 1
            step()
            inspect()
        }
        if wrong.isEmpty { finish() }
        return wrong
    }

    /// What should never have been.
    private var wrong: [String] { complaints.all }

    func check(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { complaints.all.append("\(what()), at \(now - .zero)") }
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    // MARK: What happens

    private mutating func step() {
        let slot = below(workers.count)
        switch below(100) {
        case ..<rush: for _ in 0..<(chance(3) ? 20 : 1) { call() }
        case ..<88: answer(slot)
        case 88..<91: change(slot)
        case 91..<96: pass()
        case 96..<99: cancel()
        default: giveUp(slot)
        }
    }

    private mutating func call() {
        let wishes: [Wish] = [
            .any, .any, .slot(below(workers.count)), .tag(UInt64(below(3))), .key(UInt64(below(8))),
        ]
        let priority: CallPriority = chance(urgency) ? .high : chance(60) ? .normal : .low
        let call = Call(
            id: UInt64(endings.count), wish: wishes[below(wishes.count)], priority: priority,
            deadline: chance(30) ? .distantFuture : now + .milliseconds(1 + below(200)))
        endings.append(0)
        if let slot = choose(call.wish) {
            check(!waiting.contains { mayServe(slot, $0) }, "call \(call.id) goes before those that wait")
            place(call, at: slot)
        } else if add(call) {
            check(waiting.count < limit, "more calls wait than may")
            waiting.append(call)
        } else {
            check(waiting.count == limit, "call \(call.id) is refused, and \(waiting.count) wait")
            end(call.id)
        }
        seat()
    }

    private mutating func answer(_ slot: Int) {
        guard workers[slot].inFlight > 0 else { return }
        workers[slot].inFlight -= 1
        workers[slot].idleSince = UInt64(steps)
        if defect == .freePlaceIsForgotten, chance(5) { return }
        // Before the place is given to one that waits.
        if chance(10) { call() }
        seat()
    }

    /// A worker gets ready, or dies with all its calls.
    private mutating func change(_ slot: Int) {
        workers[slot].isReady.toggle()
        workers[slot].inFlight = 0
        workers[slot].hasBegun = true
        if defect != .keepsSeats { reseat() }
        seat()
    }

    private mutating func pass() {
        now = now + .milliseconds(below(60))
        if defect == .deadlinesAreForgotten, chance(20) { return }
        let due = waiting.filter { $0.deadline <= now }
        let expired = queue.expire(at: now)
        check(Set(expired) == Set(due.map(\.id)), "\(expired) expire, and \(due.map(\.id)) are due")
        waiting.removeAll { $0.deadline <= now }
        for id in expired { end(id) }
        seat()
    }

    private mutating func cancel() {
        guard !endings.isEmpty else { return }
        let victim =
            waiting.isEmpty || chance(20) ? UInt64(below(endings.count)) : waiting[below(waiting.count)].id
        let isWaiting = waiting.contains { $0.id == victim }
        if defect == .cancelledCallsStay, isWaiting { return end(victim) }
        let cancelled = queue.cancel(number(victim))
        check(cancelled == (isWaiting ? victim : nil), "call \(victim) is cancelled, and it waited: \(isWaiting)")
        waiting.removeAll { $0.id == victim }
        if let cancelled { end(cancelled) }
        seat()
    }

    /// Nobody comes to this slot for a while, and calls that want no other are told so.
    private mutating func giveUp(_ slot: Int) {
        guard !workers[slot].isReady else { return }
        let vain = waiting.filter { $0.wish == .slot(slot) }.map(\.id)
        let ended = queue.takeAll { $0 == .slot(slot) }
        check(ended == vain, "slot \(slot) is given up for \(ended), not for \(vain)")
        waiting.removeAll { $0.wish == .slot(slot) }
        for id in ended { end(id) }
    }

    // MARK: What must hold

    /// A call has a place, or will have none.
    mutating func end(_ id: UInt64) {
        endings[Int(id)] += 1
        check(endings[Int(id)] == 1, "call \(id) ends \(endings[Int(id)]) times")
    }

    private mutating func inspect() {
        check(queue.count == waiting.count, "\(queue.count) calls are in the queue, and \(waiting.count) wait")
        let next = waiting.map(\.deadline).min() ?? .distantFuture
        check(queue.nextDeadline() ?? .distantFuture == next, "the next deadline is not that of any call")
        check(next > now, "a call waits beyond its deadline")
        check(queue.bookkeeping <= 5 * waiting.count + 250, "\(queue.bookkeeping) things are kept of ended calls")
        check(!waiting.isEmpty || queue.bookkeeping == 0, "\(queue.bookkeeping) things are kept of no call")
        for slot in workers.indices where workers[slot].isReady && workers[slot].inFlight < capacity {
            check(!waiting.contains { mayServe(slot, $0) }, "slot \(slot) has room, and a call waits for it")
        }
    }

    private mutating func finish() {
        let left = queue.takeAll { _ in true }
        check(left == waiting.map(\.id), "\(left) are left, not \(waiting.map(\.id))")
        for id in left { end(id) }
        check(endings.allSatisfy { $0 == 1 }, "calls without an ending")
        check(queue.isEmpty && queue.bookkeeping == 0, "something is left in the queue")
    }
}

/// An object, so that what is wrong can be said of a simulation while it is looked at.
private final class Complaints {
    var all: [String] = []
}

/// Faults of the kinds that the queue and its shell could have. The simulation has to find each.
enum QueueDefect: String, CaseIterable, Sendable {
    case overtakes, onePlaceTooMany, noTurns, keepsSeats, cancelledCallsStay, deadlinesAreForgotten
    case unreadyWorks, takesAnyTag, freePlaceIsForgotten, oneTooManyWaits, numberedBackwards
}
