#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

import ProcessIO
import Synchronization

/// How a worker process ends itself.
package enum WorkerExit: Int32, Sendable {
    case asked = 0
    /// SIGTERM came while it drained.
    case limitPassed = 1
    case factoryThrew = 70
    /// Permanent: the primary does not start it again.
    case incompatible = 125

    private static let hasBegun = Atomic<Bool>(false)
    private static let isOrphan = Atomic<Bool>(false)

    /// Nobody is left to kill this worker's own children when it has ended, so it does that itself.
    static func primaryIsGone() { isOrphan.store(true, ordering: .relaxed) }

    /// Runs what is registered for exit and flushes output, frames that are queued for the primary among it, once, on
    /// a thread of its own so that the event loop can still cut it short. If there is no thread, it is cut short
    /// here.
    func leave() {
        if Self.hasBegun.exchange(true, ordering: .relaxed) { return }
        do {
            try startThread("ac-exit") {
                Self.endChildren()
                exit(rawValue)
            }
        } catch {
            now()
        }
    }

    func now() -> Never {
        Self.endChildren()
        _exit(rawValue)
    }

    private static func endChildren() {
        if isOrphan.load(ordering: .relaxed) { killRestOfGroup() }
    }

    /// Says why on standard error.
    func leave(_ reason: String) {
        let line = "ActorCluster worker: \(reason)\n"
        _ = line.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
        leave()
    }
}
