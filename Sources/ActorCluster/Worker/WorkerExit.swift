#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

import ProcessIO
import Synchronization

/// How a worker process ends itself.
enum WorkerExit: Int32 {
    case asked = 0
    case factoryThrew = 70
    /// Permanent: the primary does not start it again.
    case incompatible = 125

    private static let hasBegun = Atomic<Bool>(false)

    /// Runs what is registered for exit and flushes output, once, on a thread of its own so that the event loop can still
    /// cut it short. If there is no thread, it is cut short here.
    func leave() {
        if Self.hasBegun.exchange(true, ordering: .relaxed) { return }
        do {
            try startThread("ac-exit") { exit(rawValue) }
        } catch {
            now()
        }
    }

    func now() -> Never { _exit(rawValue) }

    func leave(_ reason: String) {
        say(reason)
        leave()
    }

    /// Says why on standard error.
    func say(_ reason: String) {
        let line = "ActorCluster worker: \(reason)\n"
        _ = line.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
    }
}
