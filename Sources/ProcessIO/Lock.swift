#if canImport(Glibc)
public import Glibc
#else
public import Darwin
#endif

/// A value behind a pthread mutex.
///
/// Not `Synchronization.Mutex`, because that one is invisible to the thread sanitizer and costs three times as much
/// when it is free. The state must be reached through `withLock` only; nothing that blocks or calls user code runs
/// inside.
///
/// `@usableFromInline`, like all types here whose functions are to be inlined elsewhere: of a type that is `package`
/// and no more another module gets calls of unspecialized functions only, whatever is written at the functions.
// @unchecked: `value` is only touched between lock and unlock of `mutex`, and both live as long as the owner.
@usableFromInline package struct Lock<Value>: ~Copyable, @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    package init(_ initial: Value) {
        mutex = .allocate(capacity: 1)
        value = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        value.initialize(to: initial)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inlinable @inline(__always)
    package borrowing func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
