import ProcessIO
import Synchronization

/// Tells who waits for the end of a process. Any thread; nothing here waits for anyone.
final class ProcessWatch: Sendable {
    fileprivate enum Waiter: Sendable {
        /// `nil`: it was cancelled.
        case task(Suspension<Termination?>)
        /// A worker that has asked with this word.
        case worker(Peer, word: UInt64)
    }

    private typealias Watched = Terminations<Waiter>

    /// This process's.
    private let incarnation: UInt64
    private let watched = Lock(Watched())
    private let lastNumber = Atomic<UInt64>(0)

    init(incarnation: UInt64) { self.incarnation = incarnation }

    // MARK: What is known

    func began(_ scope: ActorID.Scope) { watched.withLock { $0.began(scope.word) } }

    func ended(_ scope: ActorID.Scope, _ end: Termination) { ended(word: scope.word, end) }

    /// A process has gone, or what filled a slot has.
    func ended(word: UInt64, _ end: Termination) {
        let isProcess = if case .incarnation? = ActorID.Scope(word: word) { true } else { false }
        let waiters = watched.withLock { watched in
            if isProcess { watched.forget(watcher: word) }
            return watched.ended(word, end, isRemembered: isProcess)
        }
        for waiter in waiters { waiter.tell(end) }
    }

    /// In a worker: the primary is gone, and with it all news.
    func cutOff() {
        for waiter in watched.withLock({ $0.cutOff() }) { waiter.tell(Termination(nil, .unreachable)) }
    }

    // MARK: Waiting

    /// Waits for the end of a process; `nil`: the task was cancelled. `ask` is called if nothing is known of the
    /// process: it sees that its end will be told here.
    nonisolated(nonsending) func wait(for scope: ActorID.Scope, asking ask: (() -> Void)?) async -> Termination? {
        let word = scope.word
        let watcher = Watched.Watcher(
            process: incarnation, number: lastNumber.wrappingAdd(1, ordering: .relaxed).newValue)
        return await withTaskCancellationHandler {
            await suspended { waiter in
                let (end, isNew) = watched.withLock { watched -> (Termination?, Bool) in
                    let isNew = ask != nil && !watched.knows(word)
                    if isNew { watched.began(word) }
                    return (watched.watch(word, watcher, .task(waiter)), isNew)
                }
                if let end { return waiter.resume(returning: end) }
                if isNew { ask?() }
                if Task.isCancelled { cancel(word, watcher) }
            }
        } onCancel: {
            cancel(word, watcher)
        }
    }

    private func cancel(_ word: UInt64, _ watcher: Watched.Watcher) {
        watched.withLock { $0.cancel(word, watcher) }?.tell(nil)
    }

    /// A worker wants to know of the end of a process, which it has named by a word. False: it does not read what it
    /// is told.
    func watch(_ scope: ActorID.Scope?, word: UInt64, for worker: Peer) -> Bool {
        let watcher = Watched.Watcher(process: worker.worker.incarnation, number: word)
        var end: Termination? = Termination(nil, .unreachable)
        if let scope {
            end = watched.withLock { $0.watch(scope.word, watcher, .worker(worker, word: word)) }
        }
        guard let end else { return true }
        return worker.sendNow(.terminated(word, end))
    }
}

extension ProcessWatch.Waiter {
    fileprivate func tell(_ end: Termination?) {
        switch self {
        case .task(let waiter): waiter.resume(returning: end)
        case .worker(let peer, let word): if let end { peer.send(.terminated(word, end)) }
        }
    }
}

extension OutgoingFrame {
    fileprivate static func terminated(_ word: UInt64, _ end: Termination) -> OutgoingFrame {
        OutgoingFrame(.terminated, FrameNumbers(word), body: (try? Body.encode(end)) ?? [])
    }
}
