#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// For messages and progress; standard output carries the report only.
package func writeToStandardError(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
