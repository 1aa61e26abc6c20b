import ProcessIO
import Synchronization

/// In the primary: the names of all processes, and who waits for them. Any thread.
package final class NameRegistry: Sendable {
    private typealias Waiters = NameWaiters<Suspension<Awakening>>

    private enum Awakening {
        case look
        /// The wait has been cancelled, its time is over, or the cluster's is.
        case over
        case full
    }

    private struct State {
        var table = NameTable()
        var waiters = Waiters()
        var isOver = false
    }

    private let state = Lock(State())
    private let lastNumber = Atomic<UInt64>(0)
    private let deadlines: DeadlineTimer

    init(loop: EventLoop) {
        deadlines = DeadlineTimer(loop: loop)
        deadlines.onExpiry { [weak self] in self?.expire(at: $0) }
        began(.primary)
    }

    // MARK: Changes

    func began(_ process: WorkerID) { change { $0.began(process) } }

    /// Its names are free.
    func ended(_ process: WorkerID) { change { $0.ended(process) } }

    func register(_ actor: NamedActor, replacing gone: ActorID?) -> NameTable.Refusal? {
        change { $0.register(actor, replacing: gone) }
    }

    func unregister(_ name: String, of id: ActorID) -> Bool { change { $0.unregister(name, of: id) } }

    func resigned(_ id: ActorID) { change { $0.resigned(id) } }

    private func change<Result>(_ body: (inout NameTable) -> Result) -> Result {
        let (result, woken) = state.withLock { state in
            let before = state.table.last
            let result = body(&state.table)
            return (result, state.table.changes(since: before).flatMap { state.waiters.take($0.actor) })
        }
        for waiter in woken { waiter.resume(returning: .look) }
        return result
    }

    /// Nobody waits for a name any more. On the loop.
    func finish() {
        let waiters = state.withLock { state in
            state.isOver = true
            return state.waiters.takeAll()
        }
        for waiter in waiters { waiter.resume(returning: .over) }
        deadlines.stop()
    }

    // MARK: Questions

    /// Who has the name, or gets it by `deadline`.
    nonisolated(nonsending) func find(_ name: String, until deadline: Instant) async -> NameFinding {
        while true {
            if let actor = state.withLock({ $0.table.actor(named: name) }) { return .actor(actor) }
            guard deadline > MonotonicClock.now else { return .nobody }
            let awakening = await wait(for: .name(name), until: deadline) { $0.actor(named: name) == nil }
            switch awakening {
            case .look: continue
            case .over: return .nobody
            case .full: return .overloaded(limit: Limits.nameWaits)
            }
        }
    }

    /// What is new of the names of a type, as soon as there is something; `nil`: as many wait as may.
    nonisolated(nonsending) func news(of type: String, _ question: NameQuestion) async -> NameNews? {
        var question = question
        while true {
            let news = state.withLock { $0.table.news(of: type, question) }
            guard case .nothing(let number) = news else { return news }
            question = .since(number)
            switch await wait(for: .changes(ofType: type), until: .distantFuture, where: { $0.last == number }) {
            case .look: continue
            case .over: return .over
            case .full: return nil
            }
        }
    }

    /// Until there is a change of this kind. Does not wait if what was looked at is not `isAsBefore`.
    private nonisolated(nonsending) func wait(
        for wish: Waiters.Wish, until deadline: Instant, where isAsBefore: @Sendable (NameTable) -> Bool
    ) async -> Awakening {
        let number = lastNumber.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await suspended { waiter in
                let awakening = state.withLock { state -> Awakening? in
                    if state.isOver { return .over }
                    guard isAsBefore(state.table) else { return .look }
                    return state.waiters.add(number, wish, waiter, until: deadline) ? nil : .full
                }
                if let awakening { return waiter.resume(returning: awakening) }
                deadlines.cover(deadline)
                if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func cancel(_ number: UInt64) {
        state.withLock { $0.waiters.cancel(number) }?.resume(returning: .over)
    }

    private func expire(at now: Instant) -> Instant? {
        let (expired, next) = state.withLock { ($0.waiters.expire(at: now), $0.waiters.nextDeadline()) }
        for waiter in expired { waiter.resume(returning: .over) }
        return next
    }
}

/// What a look for a name has found.
enum NameFinding: Codable, Sendable {
    case actor(NamedActor)
    case nobody
    case overloaded(limit: Int)
}
