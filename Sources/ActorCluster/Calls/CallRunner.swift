import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// A task is used again where what depends on it has been proved: `RunAtOnce.swift` says what that is.
#if !OFFICIAL_EXECUTION && compiler(>=6.3) && compiler(<6.4) && os(Linux) && arch(x86_64)

/// A task that runs calls of other processes.
///
/// Making a task costs more than running a short method, so a runner whose call ended without suspending waits for
/// the next one. A runner whose call suspended runs no other: its task ends with the call.
final class CallRunner: Sendable {
    private typealias Waiter = UnsafeContinuation<LocalCall?, Never>

    private struct State {
        var task: Task<Void, Never>?
        /// The call that runs; what cancels another one comes too late.
        var call: LocalCall?
        /// Where the run that `start` waits for goes on; `nil` once that has returned.
        var starter: pthread_t?
        var waiter: Waiter?
    }

    /// Enough as long as the lead stays where it is.
    private static let spare = AtomicSlot<CallRunner>()
    private static let others = Lock<[CallRunner]>([])
    private let state = Lock(State())

    /// Runs a call on the calling thread up to its first suspension. The call can be cancelled before it begins.
    static func start(_ call: LocalCall, on loop: EventLoop) {
        let runner = spare.take() ?? others.withLock { $0.popLast() } ?? CallRunner()
        loop.runAtOnce {
            runner.begin(call, on: loop)
        } prepare: {
            if !call.begin(in: runner) { runner.cancel(call) }
        }
        if runner.isWaiting(), !spare.put(runner) { others.withLock { $0.append(runner) } }
    }

    private func begin(_ call: LocalCall, on loop: EventLoop) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            (state.call, state.starter) = (call, pthread_self())
            return state.waiter
        }
        if let waiter { return waiter.resume(returning: call) }
        let task = Task.detached { await self.run() }
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
        waiter?.resume(returning: nil)
        return isWaiting
    }

    private func run() async {
        var call = state.withLock { $0.call }
        while call != nil {
            await call?.run()
            // Nothing may hold a call, and the actor it was made to, while the runner waits.
            call = nil
            call = await nextCall()
        }
    }

    /// `nil` if `start` has returned, or another thread runs this: then nobody will give it another call.
    @inline(__always)
    private func nextCall() async -> LocalCall? {
        await continued { waiter in
            let (ended, isWaiting) = state.withLock { state -> (LocalCall?, Bool) in
                defer { state.call = nil }
                guard let starter = state.starter, pthread_equal(starter, pthread_self()) != 0 else {
                    return (state.call, false)
                }
                state.waiter = waiter
                return (state.call, true)
            }
            // Not under the lock: what goes with it may be an actor, whose end is code of the program.
            withExtendedLifetime(ended) {}
            if !isWaiting { waiter.resume(returning: nil) }
        }
    }

    /// Cancels the call if it still runs. Handlers run under the lock, so that none of them can hit the next call.
    func cancel(_ call: LocalCall) {
        state.withLock { state in
            if state.call === call { state.task?.cancel() }
        }
    }
}

#else

/// A task that runs one call of another process. It prefers the loop, so all of the call runs there.
final class CallRunner: Sendable {
    private let task: Task<Void, Never>

    private init(_ task: Task<Void, Never>) { self.task = task }

    /// Runs a call on the calling thread up to the actor's queue. The call can be cancelled before its method begins.
    static func start(_ call: LocalCall, on loop: EventLoop) {
        let runner = CallRunner(Task.immediateDetached(executorPreference: loop) { await call.run() })
        if !call.begin(in: runner) { runner.cancel(call) }
    }

    /// Cancels the call if it still runs.
    func cancel(_: LocalCall) { task.cancel() }
}

#endif
