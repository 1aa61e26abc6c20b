#if canImport(Glibc)
package import Glibc
#else
package import Darwin
#endif

/// What one attempt to read or write without blocking gave.
package enum Transfer: Equatable, Sendable {
    case moved(Int)
    /// Nothing now; the poller says when.
    case wouldBlock
    /// The other end is gone: end of stream, a reset connection or a broken pipe, which mean the same to us.
    case closed
    /// The system lets no more descriptors be under way, or has no memory for what is sent; no readiness tells when
    /// that changes.
    case congested
}

/// One end of a connected pair of Unix stream sockets: non-blocking for us, close-on-exec from birth.
package final class Socket: Sendable {
    private let descriptor: FileDescriptor

    package var number: Int32 { descriptor.number }

    package init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Two connected ends.
    package static func pair() throws(SystemError) -> (Socket, Socket) {
        let ends = try ends()
        return (Socket(FileDescriptor(owning: ends.0)), Socket(FileDescriptor(owning: ends.1)))
    }

    /// Two connected ends, to be passed to other processes.
    package static func sharedPair() throws(SystemError) -> (SharedDescriptor, SharedDescriptor) {
        let ends = try ends()
        return (SharedDescriptor(FileDescriptor(owning: ends.0)), SharedDescriptor(FileDescriptor(owning: ends.1)))
    }

    private static func ends() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        try checking("socketpair") { socketpair(AF_UNIX, type, 0, &ends) }
        #if !canImport(Glibc)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #endif
        return (ends[0], ends[1])
    }

    /// Whether a descriptor that came with the process is a connected Unix stream socket.
    package static func isConnectedUnixSocket(_ number: Int32) -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(number, $0, &length) }
        }
        return result == 0 && address.ss_family == sa_family_t(AF_UNIX)
    }

    package static func setCloseOnExec(_ number: Int32) throws(SystemError) {
        try checking("fcntl") { fcntl(number, F_SETFD, FD_CLOEXEC) }
    }

    /// Reads what is there, up to the room that `buffer` has.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Transfer {
        guard buffer.count > 0 else { return .moved(0) }
        while true {
            let count = recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { return .moved(count) }
            if count == 0 { return .closed }
            if errno == EINTR { continue }
            return try Self.outcome(of: "recv", errno)
        }
    }

    /// The same for two buffers, the first before the second, with one system call.
    package func read(
        into first: UnsafeMutableRawBufferPointer, then second: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Transfer {
        var parts = (
            iovec(iov_base: first.baseAddress, iov_len: first.count),
            iovec(iov_base: second.baseAddress, iov_len: second.count)
        )
        while true {
            let count = withUnsafeMutableBytes(of: &parts) { parts in
                var message = msghdr()
                message.msg_iov = parts.assumingMemoryBound(to: iovec.self).baseAddress
                message.msg_iovlen = 2
                return recvmsg(number, &message, Int32(MSG_DONTWAIT))
            }
            if count > 0 { return .moved(count) }
            if count == 0 { return .closed }
            if errno == EINTR { continue }
            return try Self.outcome(of: "recvmsg", errno)
        }
    }

    /// Writes several pieces with one system call, without blocking and without SIGPIPE.
    package func write(_ pieces: UnsafeMutableBufferPointer<iovec>) throws(SystemError) -> Transfer {
        var message = msghdr()
        message.msg_iov = pieces.baseAddress
        message.msg_iovlen = .init(pieces.count)
        let flags = Int32(MSG_DONTWAIT) | Self.noSignal
        while true {
            // One piece is the usual case, and cheaper without a message header.
            let count =
                pieces.count == 1
                ? send(number, pieces[0].iov_base, pieces[0].iov_len, flags) : sendmsg(number, &message, flags)
            if count >= 0 { return .moved(count) }
            if errno == EINTR { continue }
            return try Self.outcome(ofSend: errno)
        }
    }

    /// Ends the connection in both directions, whoever still holds the descriptor.
    package func shutDown() { shutdown(number, Int32(SHUT_RDWR)) }

    static func outcome(of call: String, _ code: Int32) throws(SystemError) -> Transfer {
        switch code {
        case EAGAIN, EWOULDBLOCK: return .wouldBlock
        case EPIPE, ECONNRESET, ENOTCONN, ESHUTDOWN: return .closed
        default: throw SystemError(call: call, code: code)
        }
    }

    /// The same for a call that needs the system's memory, and its leave for descriptors.
    package static func outcome(ofSend code: Int32) throws(SystemError) -> Transfer {
        switch code {
        case ETOOMANYREFS, ENOBUFS, ENOMEM: return .congested
        default: return try outcome(of: "sendmsg", code)
        }
    }

    private static let noSignal = Int32(MSG_NOSIGNAL)
}
