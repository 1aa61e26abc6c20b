package import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Which calls have run, told by a file to which each run appends its call's number: what a worker has written stays
/// when it is killed. The file has lost its name before anybody writes to it, so nothing is left of it in the end.
package final class RunRecords: Sendable {
    /// The variable that tells a worker where the file is.
    package static let variable = "ACTORCLUSTER_TEST_RUNS"

    private let file: FileDescriptor

    package init() throws(SystemError) {
        var name = Array("\(P_tmpdir)/actorcluster-runs-XXXXXX".utf8CString)
        file = FileDescriptor(owning: try checking("mkstemp") { mkstemp(&name) })
        unlink(name)
    }

    /// Where other processes of this user find it as long as it lives.
    package var path: String { "/proc/\(getpid())/fd/\(file.number)" }

    /// The calls in the order in which they were begun to run.
    package var all: [UInt64] {
        let size = max(0, lseek(file.number, 0, SEEK_END))
        let count = size / MemoryLayout<UInt64>.size
        // An empty one would be the standard library's, whose count this writes while others read it.
        guard count > 0 else { return [] }
        return [UInt64](unsafeUninitializedCapacity: count) { buffer, filled in
            let bytes = pread(file.number, buffer.baseAddress, count * MemoryLayout<UInt64>.size, 0)
            filled = max(0, bytes) / MemoryLayout<UInt64>.size
        }
    }

    private static let output: Int32 = {
        guard let path = getenv(variable) else { return -1 }
        return open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
    }()

    /// A call runs in this process. 0: nobody counts it.
    static func add(_ call: UInt64) {
        guard call > 0, output >= 0 else { return }
        _ = withUnsafeBytes(of: call) { write(output, $0.baseAddress, $0.count) }
    }
}
