#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Why the system refused something, such as `Permission denied`.
struct SystemFailure: Error, Equatable, CustomStringConvertible {
    let description: String

    /// What the last system call of this thread left in `errno`.
    static var last: SystemFailure { SystemFailure(description: String(cString: strerror(errno))) }
}
