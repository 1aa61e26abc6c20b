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
        var limit = rlimit()
        getrlimit(OpenFiles.limit, &limit)
        let usual = limit.rlim_cur
        let (free, next) = (dup(0), dup(0))
        close(free)
        close(next)
        limit.rlim_cur = rlim_t(next)
        setrlimit(OpenFiles.limit, &limit)
        Task.detached {
            try? await Task.sleep(for: .milliseconds(time))
            var limit = limit
            limit.rlim_cur = usual
            setrlimit(OpenFiles.limit, &limit)
        }
    }

    #if canImport(Glibc)
    private static let limit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let limit = RLIMIT_NOFILE
    #endif
}
