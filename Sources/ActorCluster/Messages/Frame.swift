/// The kinds of frames. A kind of 128 or more may be skipped by a peer that does not know it.
package enum FrameKind: UInt8, Sendable {
    case hello = 1
    case ready = 3
    case failed = 4
    case call = 6
    case reply = 8
    case error = 9
    case cancel = 10
    case ping = 11
    case pong = 12
    case drain = 14
    /// A call that the event loop answers, with a `reply`.
    case health = 16

    /// These pass between the slices of a long frame, so that none of them waits for it.
    var isControl: Bool {
        switch self {
        case .ping, .pong, .cancel, .drain, .health: true
        default: false
        }
    }

    /// How many 8-byte numbers follow the kind.
    var numberCount: Int {
        switch self {
        case .ready, .failed, .drain: 0
        case .hello, .reply, .error, .cancel, .ping, .pong, .health: 1
        case .call: 3
        }
    }
}

/// What a peer did that no correct peer does; the connection ends.
package enum ProtocolViolation: Error, Hashable, Sendable {
    case frame(String)
    case unknownKind(UInt8)
    case truncated(FrameKind)
    case notExpected(FrameKind)
    case otherVersion(UInt64)
    case neverIssued(CallID)
    case repeatedCall(CallID)
    case unreadable(FrameKind)
}

/// A frame to send: its kind, as many numbers as the kind has, a target's name in calls, and a body.
package struct OutgoingFrame: Sendable {
    let kind: FrameKind
    private let numbers: (UInt64, UInt64, UInt64)
    private let target: String?
    private let body: [UInt8]

    package init(
        _ kind: FrameKind, _ numbers: (UInt64, UInt64, UInt64) = (0, 0, 0), target: String? = nil, body: [UInt8] = []
    ) {
        self.kind = kind
        self.numbers = numbers
        self.target = target
        self.body = body
    }

    package static func call(id: CallID, _ request: CallRequest, remaining: UInt64) -> OutgoingFrame {
        switch request {
        case .method(let actor, let target, let arguments):
            OutgoingFrame(.call, (id, actor, remaining), target: target, body: arguments)
        case .health: OutgoingFrame(.health, (id, 0, 0))
        }
    }

    package static func reply(id: CallID, body: [UInt8]) -> OutgoingFrame {
        OutgoingFrame(.reply, (id, 0, 0), body: body)
    }

    package static func cancel(id: CallID) -> OutgoingFrame { OutgoingFrame(.cancel, (id, 0, 0)) }

    /// In bytes, without the word before it.
    package var size: Int {
        1 + 8 * kind.numberCount + (target.map { 2 + $0.utf8.count } ?? 0) + body.count
    }

    /// Writes exactly `size` bytes.
    package func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        buffer[0] = kind.rawValue
        var offset = 1
        for number in [numbers.0, numbers.1, numbers.2].prefix(kind.numberCount) {
            buffer.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        if let target {
            buffer.storeBytes(of: UInt16(target.utf8.count).littleEndian, toByteOffset: offset, as: UInt16.self)
            offset += 2
            for byte in target.utf8 {
                buffer[offset] = byte
                offset += 1
            }
        }
        body.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: $0) }
    }
}

/// A frame that came: valid only as long as the bytes it was read from.
package struct IncomingFrame {
    package let kind: FrameKind
    package let numbers: (UInt64, UInt64, UInt64)
    /// Of a call; empty otherwise.
    package let target: UnsafeRawBufferPointer
    package let body: UnsafeRawBufferPointer

    package var id: CallID { numbers.0 }

    /// `nil`: of a kind that may be skipped.
    package static func read(_ bytes: UnsafeRawBufferPointer) throws(ProtocolViolation) -> IncomingFrame? {
        guard let first = bytes.first else { throw .frame("an empty frame") }
        guard let kind = FrameKind(rawValue: first) else {
            if first >= 128 { return nil }
            throw .unknownKind(first)
        }
        var rest = bytes.dropFirst()
        var numbers: (UInt64, UInt64, UInt64) = (0, 0, 0)
        for index in 0..<kind.numberCount {
            guard rest.count >= 8 else { throw .truncated(kind) }
            let number = UInt64(littleEndian: UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt64.self))
            switch index {
            case 0: numbers.0 = number
            case 1: numbers.1 = number
            default: numbers.2 = number
            }
            rest = rest.dropFirst(8)
        }
        var target = rest.prefix(0)
        if kind == .call {
            guard rest.count >= 2 else { throw .truncated(kind) }
            let length = UInt16(littleEndian: UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt16.self))
            rest = rest.dropFirst(2)
            guard rest.count >= length, length <= Limits.targetName else { throw .truncated(kind) }
            target = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
        }
        return IncomingFrame(
            kind: kind, numbers: numbers, target: UnsafeRawBufferPointer(rebasing: target),
            body: UnsafeRawBufferPointer(rebasing: rest))
    }
}
