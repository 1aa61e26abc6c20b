import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The threads that may lead the loop: those that run jobs, made when first needed, and the watcher after them.
final class LoopThreads: Sendable {
    private struct Pool {
        var made = 1
        var idle: [Int] = []
    }

    let count: Int
    private let semaphores: [Semaphore]
    private let pool = Lock(Pool())
    // One word per thread, which that thread writes when it begins, while others may look at it already. Nobody but the
    // thread finds its own number there, so no order is needed. The memory is never given back: the loop lives on.
    private nonisolated(unsafe) let ids: UnsafeMutablePointer<Atomic<UInt>>

    init(count: Int) {
        self.count = count
        semaphores = (0..<count).map { _ in Semaphore() }
        ids = .allocate(capacity: count + 1)
        for number in 0...count { ids.advanced(by: number).initialize(to: Atomic(0)) }
    }

    var watcher: Int { count }

    /// Says that the calling thread is the one with this number.
    func enter(_ number: Int) { ids[number].store(Self.current, ordering: .relaxed) }

    func isCurrent(_ number: Int) -> Bool { ids[number].load(ordering: .relaxed) == Self.current }

    // MARK: Threads without a job

    func rest(_ number: Int) { pool.withLock { $0.idle.append(number) } }
    func wait(_ number: Int) { semaphores[number].wait() }
    func wake(_ number: Int) { semaphores[number].signal() }

    /// A thread that has nothing to do, to be woken.
    func takeIdle() -> Int? { pool.withLock { $0.idle.popLast() } }

    /// Makes one more thread, which will rest at first. False: there are as many as may be, or the system refuses.
    func make(_ body: @escaping @Sendable (Int) -> Void) -> Bool {
        let number = pool.withLock { pool -> Int? in
            guard pool.made < count else { return nil }
            defer { pool.made += 1 }
            return pool.made
        }
        guard let number else { return false }
        do {
            try startThread("ac-loop-\(number)") { body(number) }
            return true
        } catch {
            pool.withLock { $0.made -= 1 }
            return false
        }
    }

    private static var current: UInt {
        #if canImport(Glibc)
        UInt(pthread_self())
        #else
        UInt(bitPattern: pthread_self())
        #endif
    }
}
