import CShims

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a new thread is to run; the box crosses the C boundary.
private final class ThreadBody: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

/// Starts a detached thread that takes no asynchronous signals: those belong to the host program's threads.
///
/// `nonisolated` matters: a closure formed in `@main`'s async `main` is the main actor's and would trap on this thread.
package nonisolated func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    #if canImport(Glibc)
    var thread = pthread_t()
    #else
    var thread: pthread_t?
    #endif
    let box = Unmanaged.passRetained(ThreadBody(name: name, run: body))
    // A thread is born with its maker's mask, so there is no moment at which it could take one.
    var (signals, before) = (sigset_t(), sigset_t())
    sigfillset(&signals)
    for synchronous in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&signals, synchronous) }
    pthread_sigmask(SIG_SETMASK, &signals, &before)
    let code = pthread_create(&thread, nil, runThreadBody, box.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else {
        box.release()
        throw SystemError(call: "pthread_create", code: code)
    }
    #if canImport(Glibc)
    pthread_detach(thread)
    #else
    if let thread { pthread_detach(thread) }
    #endif
}

#if canImport(Glibc)
private nonisolated func runThreadBody(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let pointer { enter(Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue()) }
    return nil
}
#else
private nonisolated func runThreadBody(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    enter(Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue())
    return nil
}
#endif

private nonisolated func enter(_ body: ThreadBody) {
    #if os(Linux)
    ac_name_thread(body.name)
    #endif
    body.run()
}

/// A thread that runs pieces of work one after another and lives as long as the process.
///
/// Worker processes are spawned on one: spawning blocks for about a millisecond, which the event loop must not, and a
/// worker's parent-death signal follows the thread that spawned it (PR_SET_PDEATHSIG(2const)).
package final class SerialThread: Sendable {
    private let name: String
    private let isRunning = Lock(false)
    private let waiting = Lock<[@Sendable () -> Void]>([])
    private let semaphore = Semaphore()

    package init(_ name: String) { self.name = name }

    /// Throws when the thread, made at the first call, cannot be made; nothing runs then.
    package func execute(_ work: @escaping @Sendable () -> Void) throws(SystemError) {
        // The thread is made under the lock: who comes meanwhile must not leave work for one that never begins.
        try isRunning.withLock { isRunning throws(SystemError) in
            if isRunning { return }
            try startThread(name) { self.run() }
            isRunning = true
        }
        waiting.withLock { $0.append(work) }
        semaphore.signal()
    }

    private func run() {
        while true {
            semaphore.wait()
            let work = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            work?()
        }
    }
}
