#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What was asked of the system, and why it refused.
struct SystemFailure: Error, CustomStringConvertible {
    let description: String

    init(_ what: String, errorNumber: Int32) {
        description = "\(what): \(String(cString: strerror(errorNumber)))"
    }
}
