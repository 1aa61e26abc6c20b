import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// How many descriptors this process may have.
package enum OpenFiles {
    /// For so long it can get one, and no second one. Returns at once.
    ///
    /// One is left, because libdispatch opens a file each second to look at its threads, and ends the process if it cannot.
    package static func refuse(forMilliseconds time: Int) async throws {
        // Makes the descriptors that sleeping takes.
        try await Task.sleep(for: .milliseconds(1))
        let usual = leave(1)
        // No task, so that libdispatch has nothing to do for it.
        try startThread("no-files") {
            usleep(UInt32(time) * 1_000)
            allow(usual)
        }
    }

    /// It can get none until something has happened, or for 2 s. Returns at once.
    ///
    /// For a process whose tasks have nothing to do meanwhile: libdispatch looks at its threads only while jobs wait for one.
    package static func refuseAll(until isOver: @escaping @Sendable () -> Bool) throws {
        let usual = leave(0)
        try startThread("no-files") {
            let end = MonotonicClock.now + .seconds(2)
            while !isOver(), MonotonicClock.now < end { usleep(200) }
            allow(usual)
        }
    }

    /// So many more can be had from now on. Returns how many there could be in all.
    private static func leave(_ count: rlim_t) -> rlim_t {
        var current = rlimit()
        getrlimit(limit, &current)
        let usual = current.rlim_cur
        let next = dup(0)
        close(next)
        current.rlim_cur = rlim_t(next) + count
        setrlimit(limit, &current)
        return usual
    }

    private static func allow(_ count: rlim_t) {
        var current = rlimit()
        getrlimit(limit, &current)
        current.rlim_cur = count
        setrlimit(limit, &current)
    }

    #if canImport(Glibc)
    private static let limit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let limit = RLIMIT_NOFILE
    #endif
}
