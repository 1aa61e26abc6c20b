import CShims

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

// What a worker changes in its own process before it serves.

/// Shows the program's own name where the system lists processes by name: one that is started through a descriptor
/// would be shown by that.
package func nameProcess() {
    guard let name = CommandLine.arguments.first?.split(separator: "/").last else { return }
    let file = open("/proc/self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    let owner = FileDescriptor(owning: file)
    // It may be refused; then the name stays what it is.
    _ = Array(name.utf8).withUnsafeBytes { write(owner.number, $0.baseAddress, $0.count) }
}

/// Lets what is printed into a pipe leave at each line's end, or else it would come in blocks, and not at all after a
/// crash.
package func printLineByLine() { ac_print_line_by_line() }

/// A write to a pipe that nobody reads any more is an error of that write, and does not end the process: a worker's
/// output passes through its primary, which it may outlive by the time of its clean-up.
package func surviveBrokenPipes() { ac_survive_broken_pipes() }
