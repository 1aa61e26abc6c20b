package import ActorCluster
package import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A frame as it came, with bytes of its own.
package struct RawFrame: Equatable, Sendable {
    package let kind: FrameKind
    package let numbers: FrameNumbers
    package let body: [UInt8]

    package var id: CallID { numbers.first }
}

/// One end of a pipe in the hands of a test: frames and bytes, right or wrong, written and read by the thread that
/// asks, which waits for as long as it takes or until the limit.
package final class RawPipe {
    package enum Failure: Error, Equatable { case closed, timeout }

    private let socket: Socket
    private let readSize: Int
    private var decoder = FrameDecoder(limit: Limits.frameCeiling)
    private var frames: [RawFrame] = []
    private var next = 0

    /// With a `readSize` of 1 nothing is taken from the socket beyond the frame that was asked for.
    package init(_ socket: Socket, readSize: Int = 64 << 10) {
        self.socket = socket
        self.readSize = readSize
    }

    // MARK: Sending

    package func send(_ frame: OutgoingFrame) throws { try send(bytes: Self.bytes(of: frame)) }

    /// A whole frame with this content, whatever it means.
    package func send(frame content: [UInt8]) throws {
        try send(bytes: withUnsafeBytes(of: UInt32(content.count).littleEndian) { [UInt8]($0) } + content)
    }

    package func send(bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let transfer = try rest.withUnsafeBytes { bytes in
                var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
                return try withUnsafeMutablePointer(to: &vector) {
                    try socket.write(UnsafeMutableBufferPointer(start: $0, count: 1))
                }
            }
            switch transfer {
            case .moved(let count): rest = rest.dropFirst(count)
            case .wouldBlock, .congested: try wait(for: POLLOUT, until: .distantFuture)
            case .closed: throw Failure.closed
            }
        }
    }

    /// The same, and with the first byte a descriptor. The other end has to look for it.
    package func send(bytes: [UInt8], passing descriptor: SharedDescriptor) throws {
        var sent = 0
        let group = DescriptorGroup([descriptor])
        let transfer = try bytes.withUnsafeBytes { bytes in
            var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            return try withUnsafeMutablePointer(to: &vector) {
                try socket.write(UnsafeMutableBufferPointer(start: $0, count: 1), passing: group)
            }
        }
        if case .moved(let count) = transfer { sent = count }
        try send(bytes: Array(bytes.dropFirst(sent)))
    }

    /// What a frame is on the pipe.
    package static func bytes(of frame: OutgoingFrame) -> [UInt8] {
        let content = [UInt8](unsafeUninitializedCapacity: frame.size) { buffer, count in
            frame.fill(UnsafeMutableRawBufferPointer(buffer))
            count = frame.size
        }
        return withUnsafeBytes(of: UInt32(content.count).littleEndian) { [UInt8]($0) } + content
    }

    // MARK: Receiving

    /// The next frame; `nil`: the other end is gone. Throws `Failure.timeout` when nothing has come by the limit.
    package func receive(within limit: Duration? = nil) throws -> RawFrame? {
        let end = limit.map { MonotonicClock.now + $0 } ?? .distantFuture
        while next == frames.count {
            frames.removeAll(keepingCapacity: true)
            next = 0
            if try !readOnce(until: end) { return nil }
        }
        next += 1
        return frames[next - 1]
    }

    /// Waits until there is something that has not been read.
    package func waitForInput() throws { try wait(for: POLLIN, until: .distantFuture) }

    /// The other end sees that this one is gone.
    package func close() { socket.shutDown() }

    /// False: the other end is gone.
    private func readOnce(until end: Instant) throws -> Bool {
        var transfer = Transfer.wouldBlock
        let bytes = try [UInt8](unsafeUninitializedCapacity: readSize) { buffer, count in
            transfer = try socket.read(into: UnsafeMutableRawBufferPointer(buffer))
            if case .moved(let moved) = transfer { count = moved }
        }
        switch transfer {
        case .moved: try take(bytes)
        case .wouldBlock, .congested: try wait(for: POLLIN, until: end)
        case .closed: return false
        }
        return true
    }

    private func take(_ bytes: [UInt8]) throws {
        var decoder = decoder
        var taken: [RawFrame] = []
        try bytes.withUnsafeBytes { bytes in
            try decoder.receive(bytes) { content in
                guard let frame = try IncomingFrame.read(content) else { return }
                taken.append(RawFrame(kind: frame.kind, numbers: frame.numbers, body: [UInt8](frame.body)))
            }
        }
        self.decoder = decoder
        frames += taken
    }

    private func wait(for events: Int32, until end: Instant) throws {
        var entry = pollfd(fd: socket.number, events: Int16(events), revents: 0)
        while true {
            let left = (end - MonotonicClock.now).wholeNanoseconds / 1_000_000
            let count = poll(&entry, 1, end == .distantFuture ? -1 : Int32(clamping: max(0, left)))
            if count > 0 { return }
            if count == 0 { throw Failure.timeout }
        }
    }
}
