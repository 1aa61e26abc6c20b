import CShims

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Memory for large messages. glibc asks the kernel for each large block and gives it back when it is freed, so that
/// every page of every message is made anew: most of what a message of 1 MiB would cost.
package enum LargeBlocks {
    /// Above so many bytes a message counts as large: glibc's first threshold.
    package static let least = 128 << 10

    /// From the first large message on the process keeps freed memory, up to 16 MiB of it, unless its environment
    /// says how glibc is to do this.
    package static func expect(_ size: Int) { if size > least { _ = isKept } }

    private static let isKept: Bool = {
        let settings: [String] = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"]
        let isSet = settings.contains { getenv($0) != nil }
        if !isSet { ac_keep_freed_memory() }
        return !isSet
    }()
}
