#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A counting semaphore that lives as long as the process: it is never destroyed.
struct Semaphore: Sendable {
    #if canImport(Glibc)
    // Made once, never moved; sem_post and sem_wait may be called by any thread.
    private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
    #else
    // As above, with Mach's semaphores.
    private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<semaphore_t>.allocate(capacity: 1)

    init() { semaphore_create(mach_task_self_, semaphore, SYNC_POLICY_FIFO, 0) }

    func signal() { semaphore_signal(semaphore.pointee) }
    func wait() { semaphore_wait(semaphore.pointee) }
    #endif
}
