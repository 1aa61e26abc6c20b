#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The one owner of a descriptor: closes it when it goes.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for system calls. It is valid as long as its owner lives.
    package let number: Int32

    package init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Gives the number away without closing it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}
