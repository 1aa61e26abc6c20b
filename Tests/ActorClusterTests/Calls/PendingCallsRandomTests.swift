import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// What a call should be doing, kept in the simplest way there is.
private struct Model {
    enum Phase { case waiting, sending, written }

    var phases: [Int: Phase] = [:]
    var line: [Int] = []
    var deadlines: [Int: Int64] = [:]
    var abandoned: Set<Int> = []
    var outcomes = 0
    var begun = 0

    var waiting: Int { line.count }
    var inFlight: Int { phases.count - waiting + abandoned.count }

    mutating func end(_ id: Int, leavesPlace: Bool) {
        let phase = phases.removeValue(forKey: id)
        line.removeAll { $0 == id }
        deadlines[id] = nil
        if leavesPlace, phase != .waiting { abandoned.insert(id) }
        outcomes += 1
    }
}

/// 100,000 random operations on `PendingCalls` and on the model beside it.
private struct Run {
    static let bound = 40
    static let waitingBound = 60

    var calls: Calls
    var model = Model()
    var generator: SeededGenerator
    var now: Int64 = 0
    var lastID = 0
    var late: UInt64 = 0

    init(seed: UInt64) {
        var bounds = Calls.Bounds()
        (bounds.inFlight, bounds.waiting) = (Self.bound, Self.waitingBound)
        calls = Calls(bounds: bounds)
        generator = SeededGenerator(seed: seed)
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    private mutating func pick(_ phase: Model.Phase) -> Int? {
        let ids = model.phases.filter { $0.value == phase }.keys.sorted()
        return ids.randomElement(using: &generator)
    }

    /// A sentence that says what is wrong, if anything is.
    mutating func step() -> String? {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0..<4: if let wrong = begin() { return wrong }
        case 4: if let wrong = next() { return wrong }
        case 5: if let id = pick(.sending) { written(id, .written) }
        case 6: if let id = pick(.written), chance(4) { written(id, .sending) }
        case 7..<10: if let wrong = answer() { return wrong }
        case 10: if let id = model.phases.keys.sorted().randomElement(using: &generator) { return cancel(id) }
        default: if let wrong = expire() { return wrong }
        }
        guard calls.count == model.phases.count, calls.waiting == model.waiting, calls.inFlight == model.inFlight
        else { return "counts" }
        return calls.bookkeeping > 2 * (calls.count + calls.waiting) + 130 ? "grows" : nil
    }

    private mutating func begin() -> String? {
        lastID += 1
        let isUrgent = chance(20)
        let hasRoom = model.inFlight < Self.bound && model.waiting == 0
        let expected: Calls.Admission =
            isUrgent
            ? (model.inFlight < 2 * Self.bound ? .send : .overloaded(waiting: model.waiting))
            : hasRoom ? .send : model.waiting < Self.waitingBound ? .wait : .overloaded(waiting: model.waiting)
        let hasDeadline = !chance(4)
        let deadline = now + Int64.random(in: -5...500, using: &generator)
        let admission = calls.begin(
            lastID, deadline: hasDeadline ? Instant(nanoseconds: deadline) : .distantFuture, isUrgent: isUrgent)
        if admission != expected { return "admission of \(lastID): \(admission)" }
        if case .overloaded = admission { return nil }
        model.begun += 1
        model.phases[lastID] = admission == .send ? .sending : .waiting
        if admission == .wait { model.line.append(lastID) }
        if hasDeadline { model.deadlines[lastID] = deadline }
        return nil
    }

    private mutating func next() -> String? {
        let next = calls.next(queuedBytes: 0)
        guard model.inFlight < Self.bound, let first = model.line.first else {
            return next == nil ? nil : "next without room"
        }
        model.line.removeFirst()
        model.phases[first] = .sending
        return next.map { Int($0.id) } == first ? nil : "next is not \(first)"
    }

    private mutating func written(_ id: Int, _ phase: Model.Phase) {
        if phase == .written { calls.written(CallID(id)) } else { calls.notWritten(CallID(id)) }
        model.phases[id] = phase
    }

    private mutating func answer() -> String? {
        if let id = model.abandoned.min(), chance(2) {
            model.abandoned.remove(id)
            late += 1
            return (try? calls.answered(CallID(id))) == .some(nil) && calls.lateReplies == late ? nil : "late \(id)"
        }
        guard let id = pick(.written) else { return nil }
        model.end(id, leavesPlace: false)
        return (try? calls.answered(CallID(id))) == .some(id) ? nil : "answer to \(id)"
    }

    private mutating func cancel(_ id: Int) -> String? {
        let isWaiting = model.phases[id] == .waiting
        model.end(id, leavesPlace: true)
        let ended = calls.cancel(CallID(id))
        return ended?.waiter == id && ended?.isAtPeer == !isWaiting ? nil : "cancel of \(id)"
    }

    private mutating func expire() -> String? {
        now += Int64.random(in: 0...60, using: &generator)
        let due = model.deadlines.filter { $0.value <= now }
        for id in due.keys { model.end(id, leavesPlace: true) }
        let ended = calls.expire(at: Instant(nanoseconds: now)).map(\.waiter)
        if Set(ended) != Set(due.keys) || ended.count != due.count { return "expired \(ended)" }
        let next = model.deadlines.values.min().map { Instant(nanoseconds: $0) }
        return calls.nextDeadline() == next ? nil : "next deadline"
    }
}

@Suite("PendingCalls at random", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct PendingCallsRandomTests {
    @Test("100,000 random operations agree with a simple model, and nothing is left or grows", arguments: [1, 2])
    func agrees(seed: UInt64) {
        var run = Run(seed: seed)
        for step in 0..<TestLength.rounds(50_000, long: 500_000) {
            if let wrong = run.step() {
                Issue.record("seed \(seed), step \(step): \(wrong)")
                return
            }
        }
        let ended = run.calls.close().map(\.waiter)
        #expect(ended == run.model.phases.keys.sorted())
        #expect(run.model.outcomes + ended.count == run.model.begun)
        #expect(run.calls.count == 0)
        #expect(run.calls.waiting == 0)
        #expect(run.calls.inFlight == 0)
        #expect(run.calls.bookkeeping == 0)
        #expect(run.calls.nextDeadline() == nil)
    }

    @Test("100,000 calls through one table keep only what runs")
    func noGrowth() throws {
        var calls = Calls()
        for id in 1...100_000 {
            calls.beginWritten(id, deadline: Instant(nanoseconds: 1 << 60))
            if id > 10 { #expect(try calls.answered(CallID(id - 10)) == id - 10) }
            if calls.bookkeeping > 100 { Issue.record("\(calls.bookkeeping) entries at \(id)") }
        }
        #expect(calls.count == 10)
    }
}
