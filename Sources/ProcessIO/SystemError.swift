#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A system call that failed: `errno`, and the call that gave it.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let code: Int32

    package init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// What `errno` says now.
    package static func last(_ call: String) -> SystemError { SystemError(call: call, code: errno) }

    package var description: String { "\(call): \(SystemError.text(of: code)) (errno \(code))" }

    /// The system's own words for an error number.
    package static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "unknown error" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Repeats a system call while a signal interrupts it; a negative result is thrown with `errno`.
@discardableResult
package func checking<Result: FixedWidthInteger>(
    _ call: String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        if errno != EINTR { throw .last(call) }
    }
}
