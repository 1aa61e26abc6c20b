#if os(Linux)
import CShims
import Glibc

/// The file of a program, held open: this very file can be started whatever is put in its place on the disk.
package final class HeldProgram: Sendable {
    /// What to hand to `posix_spawn`.
    package let executable: String
    private let descriptor: FileDescriptor

    package init(_ path: String) throws(SystemError) {
        let number = try checking("open of \(path)") { ac_open_path(path) }
        descriptor = FileDescriptor(owning: number)
        // By the pid, because a child's own descriptors are closed before it looks for the file. A script's interpreter
        // would be told this name, so a script is started by its path.
        executable = Self.isScript(number) ? path : "/proc/\(getpid())/fd/\(number)"
    }

    private static func isScript(_ number: Int32) -> Bool {
        let file = open("/proc/self/fd/\(number)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        let owner = FileDescriptor(owning: file)
        var start: [UInt8] = [0, 0]
        return read(owner.number, &start, 2) == 2 && start == Array("#!".utf8)
    }
}
#else
/// Where no name leads to an open file, a program is started by its path.
package final class HeldProgram: Sendable {
    package let executable: String

    package init(_ path: String) throws(SystemError) { executable = path }
}
#endif
