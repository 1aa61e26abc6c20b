import Foundation
import ActorClusterTesting
import ProcessIO
import Testing

@Suite("sockets", .exclusive)
struct SocketTests {
    @Test("H3: writing to a dead peer is an outcome, not a SIGPIPE, and the host's handling of that signal stays")
    func writeToDeadPeer() throws {
        var before = sigaction()
        sigaction(SIGPIPE, nil, &before)
        let ours = try {
            let (ours, theirs) = try Socket.pair()
            _ = theirs
            return ours
        }()
        var bytes: [UInt8] = [1, 2, 3]
        let outcome = try bytes.withUnsafeMutableBytes { bytes in
            var piece = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
            return try withUnsafeMutablePointer(to: &piece) {
                try ours.write(UnsafeMutableBufferPointer(start: $0, count: 1))
            }
        }
        #expect(outcome == .closed)
        var after = sigaction()
        sigaction(SIGPIPE, nil, &after)
        #expect(
            unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self)
                == unsafeBitCast(after.__sigaction_handler.sa_handler, to: Int.self))
    }

    @Test("a send for which the system has no room goes on later, and an error that is no end of the peer is told")
    func sendOutcomes() throws {
        for code in [ENOBUFS, ENOMEM, ETOOMANYREFS] { #expect(try Socket.outcome(ofSend: code) == .congested) }
        #expect(try Socket.outcome(ofSend: EAGAIN) == .wouldBlock)
        #expect(try Socket.outcome(ofSend: EPIPE) == .closed)
        #expect(throws: SystemError(call: "sendmsg", code: EBADF)) { try Socket.outcome(ofSend: EBADF) }
    }

    @Test("both ends of a pair are close-on-exec")
    func closeOnExec() throws {
        let (left, right) = try Socket.pair()
        #expect(fcntl(left.number, F_GETFD) == FD_CLOEXEC)
        #expect(fcntl(right.number, F_GETFD) == FD_CLOEXEC)
        #expect(Socket.isConnectedUnixSocket(left.number))
        #expect(!Socket.isConnectedUnixSocket(0))
    }

    @Test("an empty socket would block, and one whose peer has gone has ended")
    func readOutcomes() throws {
        let pair = try Socket.pair()
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(try buffer.withUnsafeMutableBytes { try pair.0.read(into: $0) } == .wouldBlock)
        pair.1.shutDown()
        #expect(try buffer.withUnsafeMutableBytes { try pair.0.read(into: $0) } == .closed)
    }
}
