#if os(Linux)
import CShims
import Glibc
#else
import Darwin
#endif

/// One end of a pipe that carries what a child process prints.
package final class OutputPipe: Sendable {
    private let descriptor: FileDescriptor

    package var number: Int32 { descriptor.number }

    private init(owning number: Int32) { descriptor = FileDescriptor(owning: number) }

    /// The end to read, non-blocking, and the end that becomes the child's; both close-on-exec.
    package static func pair() throws(SystemError) -> (reading: OutputPipe, writing: OutputPipe) {
        var ends: [Int32] = [-1, -1]
        #if os(Linux)
        try checking("pipe2") { ac_pipe(&ends) }
        #else
        try checking("pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        #endif
        return (OutputPipe(owning: ends[0]), OutputPipe(owning: ends[1]))
    }

    /// Reads what is there, up to the room that `buffer` has.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Transfer {
        while true {
            let count = readBytes(number, buffer.baseAddress, buffer.count)
            if count > 0 { return .moved(count) }
            if count == 0 { return .closed }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            default: throw .last("read")
            }
        }
    }
}

/// `read` by another name, which a method called `read` does not hide.
private func readBytes(_ number: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(number, bytes, count)
}

/// Writes all bytes to a descriptor, waiting for as long as that takes. A descriptor that takes nothing any more
/// loses them.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to number: Int32) {
    var rest = bytes
    while !rest.isEmpty {
        let count = write(number, rest.baseAddress, rest.count)
        if count >= 0 {
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
            // Somebody else has made what it leads to non-blocking.
            var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
            poll(&entry, 1, -1)
        } else if errno != EINTR {
            return
        }
    }
}
