import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A task that runs calls of other processes.
///
/// Making a task costs more than running a short method, so a runner whose call ended without suspending waits for the next
/// one. A runner whose call suspended runs no other: its task ends with the call.
final class CallRunner: Sendable {
    private typealias Waiter = UnsafeContinuation<Bool, Never>

    private struct State {
        var task: Task<Void, Never>?
        /// The call that runs; what cancels another one comes too late.
        var call: LocalCall?
        /// Where the run that `start` waits for goes on; `nil` once that has returned.
        var starter: pthread_t?
        var waiter: Waiter?
    }

    private static let idle = Lock<[CallRunner]>([])
    private let state = Lock(State())

    /// Runs a call on the calling thread up to its first suspension. The call can be cancelled before it begins.
    static func start(_ call: LocalCall, on loop: EventLoop) {
        let runner = idle.withLock { $0.popLast() } ?? CallRunner()
        loop.runAtOnce {
            runner.begin(call, on: loop)
        } prepare: {
            call.peer.started(call.id, .runner(runner, call))
        }
        if runner.isWaiting() { idle.withLock { $0.append(runner) } }
    }

    private func begin(_ call: LocalCall, on loop: EventLoop) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            (state.call, state.starter) = (call, pthread_self())
            return state.waiter
        }
        if let waiter { return waiter.resume(returning: true) }
        let task = loop.makeTask { await self.run() }
        state.withLock { $0.task = task }
    }

    /// Whether it can take another call. If not it never will: it is somewhere in the one it has, or cancelled.
    private func isWaiting() -> Bool {
        let (isWaiting, waiter) = state.withLock { state -> (Bool, Waiter?) in
            state.starter = nil
            guard let waiter = state.waiter else { return (false, nil) }
            guard state.task?.isCancelled == true else { return (true, nil) }
            state.waiter = nil
            return (false, waiter)
        }
        waiter?.resume(returning: false)
        return isWaiting
    }

    private nonisolated(nonsending) func run() async {
        repeat { await runCall() } while hasEndedAtOnce() ? await waitForCall() : false
    }

    /// A function of its own, so that nothing holds the call when it is over.
    private nonisolated(nonsending) func runCall() async { await state.withLock({ $0.call })?.run() }

    private nonisolated(nonsending) func waitForCall() async -> Bool {
        await withUnsafeContinuation { waiter in state.withLock { $0.waiter = waiter } }
    }

    /// False: `start` has returned, or another thread runs this, so nobody will give it another call.
    private func hasEndedAtOnce() -> Bool {
        state.withLock { state in
            state.call = nil
            guard let starter = state.starter else { return false }
            return pthread_equal(starter, pthread_self()) != 0
        }
    }

    /// Cancels the call if it still runs. Handlers run under the lock, so that none of them can hit the next call.
    func cancel(_ call: LocalCall) {
        state.withLock { state in
            if state.call === call { state.task?.cancel() }
        }
    }
}

/// What runs a call of a peer, to cancel it.
enum CallWork: Sendable {
    case task(Task<Void, Never>)
    case runner(CallRunner, LocalCall)

    func cancel() {
        switch self {
        case .task(let task): task.cancel()
        case .runner(let runner, let call): runner.cancel(call)
        }
    }
}
