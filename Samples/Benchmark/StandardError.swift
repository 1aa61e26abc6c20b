#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// For progress and failures; standard output carries the results only.
func writeToStandardError(_ text: String) {
    _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
