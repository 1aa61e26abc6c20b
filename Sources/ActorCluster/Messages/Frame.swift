package import ProcessIO

/// The kinds of frames. A kind of 128 or more may be skipped by a peer that does not know it.
package enum FrameKind: UInt8, Sendable {
    case hello = 1
    /// A run of the names of the sender's targets: where two tables differ.
    case names = 2
    case ready = 3
    case failed = 4
    /// An error of a worker that goes on. Its number: how many before it were not sent.
    case report = 5
    case call = 6
    /// A call that the primary passes on to the worker that its address means.
    case route = 7
    /// A call that the primary makes in another process's stead.
    case relayed = 22
    case reply = 8
    case error = 9
    case cancel = 10
    case ping = 11
    case pong = 12
    /// A worker leaves by its own wish or an operator's.
    case leaving = 13
    case drain = 14
    /// A worker wants to know of the end of a process, named by an address.
    case watch = 15
    /// That process has gone.
    case terminated = 17
    /// A call that the event loop answers, with a `reply`.
    case health = 16
    /// So many descriptors have come with this frame's first byte; they are the next frame's.
    case descriptors = 20
    /// 0: the sender has descriptors to pass, and waits until the other end looks for them; 1: it does from now on.
    case passing = 21
    /// One-way calls, so many.
    case post = 18
    /// So many of those have been carried out, and so many of these failed.
    case posted = 19
    /// A worker wants a pipe of its own to another worker.
    case introduce = 23
    /// The end of such a pipe, by the number of the process at its other end and its own.
    case introduced = 24
    /// From a worker: that pipe has ended. From the primary: there is none.
    case parted = 25
    /// The sender has answered all calls that it has started, and starts no more. May be skipped.
    case over = 128

    /// These pass between the slices of a long frame, so that none of them waits for it. The hello is one of them so
    /// that none of the others goes before it.
    var isControl: Bool {
        switch self {
        case .hello, .ping, .pong, .cancel, .drain, .health, .passing: true
        default: false
        }
    }

    var isHeartbeat: Bool { self == .ping || self == .pong }

    var mayCarryDescriptors: Bool {
        switch self {
        case .call, .relayed, .route, .reply, .introduced: true
        default: false
        }
    }

    /// How many 8-byte numbers follow the kind.
    var numberCount: Int {
        switch self {
        case .ready, .failed, .leaving, .drain, .over: 0
        case .hello, .names, .report, .watch, .terminated, .reply, .error, .cancel, .health, .post, .descriptors,
            .passing, .introduce:
            1
        case .posted, .introduced, .parted: 2
        case .ping: 3
        case .call: 4
        case .pong: 5
        case .route, .relayed: 6
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
    case tooManyCalls(limit: Int)
    case unreadable(FrameKind)
    /// Descriptors that no frame has, or a frame without those that it has.
    case strayDescriptors
}

/// The 8-byte numbers of a frame; those its kind does not have are 0.
package struct FrameNumbers: Equatable, Sendable {
    package var first: UInt64 = 0
    package var second: UInt64 = 0
    package var third: UInt64 = 0
    package var fourth: UInt64 = 0
    package var fifth: UInt64 = 0
    package var sixth: UInt64 = 0

    package init(
        _ first: UInt64 = 0, _ second: UInt64 = 0, _ third: UInt64 = 0, _ fourth: UInt64 = 0, _ fifth: UInt64 = 0,
        _ sixth: UInt64 = 0
    ) {
        (self.first, self.second, self.third) = (first, second, third)
        (self.fourth, self.fifth, self.sixth) = (fourth, fifth, sixth)
    }

    fileprivate subscript(index: Int) -> UInt64 {
        get {
            switch index {
            case 0: first
            case 1: second
            case 2: third
            case 3: fourth
            case 4: fifth
            default: sixth
            }
        }
        set {
            switch index {
            case 0: first = newValue
            case 1: second = newValue
            case 2: third = newValue
            case 3: fourth = newValue
            case 4: fifth = newValue
            default: sixth = newValue
            }
        }
    }
}

/// A frame to send: its kind, as many numbers as the kind has, and a body.
package struct OutgoingFrame: Sendable {
    let kind: FrameKind
    private let numbers: FrameNumbers
    private let body: EncodedMessage

    package init(_ kind: FrameKind, _ numbers: FrameNumbers = FrameNumbers(), body: [UInt8] = []) {
        self.init(kind, numbers, message: .whole(body))
    }

    private init(_ kind: FrameKind, _ numbers: FrameNumbers, message: EncodedMessage) {
        (self.kind, self.numbers, body) = (kind, numbers, message)
    }

    package static func call(id: CallID, _ request: CallRequest, remaining: UInt64) -> OutgoingFrame {
        switch request {
        case .method(let actor, let target, let arguments):
            OutgoingFrame(.call, FrameNumbers(id, actor, remaining, target), message: arguments)
        case .relayed(let actor, let target, let arguments, let caller):
            OutgoingFrame(
                .relayed, FrameNumbers(id, actor, remaining, target, caller.incarnation, caller.place),
                message: arguments)
        case .routed(let address, let target, let arguments):
            OutgoingFrame(
                .route,
                FrameNumbers(id, address.number, remaining, target, address.scope.word, address.scope.detail),
                message: arguments)
        case .health: OutgoingFrame(.health, FrameNumbers(id))
        }
    }

    /// Of a call with so many bytes of arguments, whichever way it goes.
    static func longestCallSize(_ count: Int) -> Int { 1 + 8 * FrameKind.route.numberCount + count }

    package static func reply(id: CallID, body: [UInt8]) -> OutgoingFrame {
        OutgoingFrame(.reply, FrameNumbers(id), body: body)
    }

    static func reply(id: CallID, message: EncodedMessage) -> OutgoingFrame {
        OutgoingFrame(.reply, FrameNumbers(id), message: message)
    }

    /// Of a call of an actor at the peer itself. Such calls are made without an `OutgoingFrame` in between, being
    /// most of all.
    static func callSize(_ count: Int) -> Int { 1 + 8 * FrameKind.call.numberCount + count }

    static func fillCall(
        _ buffer: UnsafeMutableRawBufferPointer, _ id: CallID, actor: UInt64, remaining: UInt64, target: UInt64,
        _ arguments: [UInt8]
    ) {
        buffer[0] = FrameKind.call.rawValue
        buffer.storeBytes(of: id.littleEndian, toByteOffset: 1, as: UInt64.self)
        buffer.storeBytes(of: actor.littleEndian, toByteOffset: 9, as: UInt64.self)
        buffer.storeBytes(of: remaining.littleEndian, toByteOffset: 17, as: UInt64.self)
        buffer.storeBytes(of: target.littleEndian, toByteOffset: 25, as: UInt64.self)
        arguments.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[33...]).copyMemory(from: $0) }
    }

    /// Of a reply with so many bytes.
    static func replySize(_ count: Int) -> Int { 1 + 8 + count }

    static func fillReply(_ buffer: UnsafeMutableRawBufferPointer, _ id: CallID, _ body: UnsafeRawBufferPointer) {
        buffer[0] = FrameKind.reply.rawValue
        buffer.storeBytes(of: id.littleEndian, toByteOffset: 1, as: UInt64.self)
        UnsafeMutableRawBufferPointer(rebasing: buffer[9...]).copyMemory(from: body)
    }

    /// Of one-way calls with so many bytes.
    static func postSize(_ count: Int) -> Int { 1 + 8 + count }

    /// The end of pipe `number`, at whose other end `worker` is.
    package static func introduced(
        to worker: WorkerID, number: UInt64, _ end: SharedDescriptor
    ) throws -> OutgoingFrame {
        let body = EncodedMessage.carrying([try Body.encode(worker)], DescriptorGroup([end]))
        return OutgoingFrame(.introduced, FrameNumbers(worker.incarnation, number), message: body)
    }

    package static func cancel(id: CallID) -> OutgoingFrame { OutgoingFrame(.cancel, FrameNumbers(id)) }

    /// Those of the body.
    var descriptors: DescriptorGroup? { body.descriptors }

    /// In bytes, without the word before it.
    package var size: Int { headSize + body.count }

    private var headSize: Int { 1 + 8 * kind.numberCount }

    /// Writes exactly `size` bytes.
    package func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        fillHead(buffer)
        var rest = buffer[headSize...]
        for part in body.parts {
            UnsafeMutableRawBufferPointer(rebasing: rest).copyBytes(from: part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// The same bytes where they are.
    var parts: [[UInt8]] {
        let head = [UInt8](unsafeUninitializedCapacity: headSize) { buffer, count in
            fillHead(UnsafeMutableRawBufferPointer(buffer))
            count = headSize
        }
        return [head] + body.parts
    }

    private func fillHead(_ buffer: UnsafeMutableRawBufferPointer) {
        buffer[0] = kind.rawValue
        for index in 0..<kind.numberCount {
            buffer.storeBytes(of: numbers[index].littleEndian, toByteOffset: 1 + 8 * index, as: UInt64.self)
        }
    }
}

/// A frame that came: valid only as long as the bytes it was read from.
package struct IncomingFrame {
    package let kind: FrameKind
    package let numbers: FrameNumbers
    package let body: UnsafeRawBufferPointer
    /// The array that the whole frame lies in, if it is long.
    private let memory: [UInt8]?
    /// What came for it.
    var descriptors: DescriptorArrival?

    /// The body for later; that of a long frame is not copied.
    var keptBody: ArraySlice<UInt8> { memory.map { $0.suffix(body.count) } ?? [UInt8](body)[...] }

    package var id: CallID { numbers.first }

    /// `nil`: of a kind that may be skipped.
    package static func read(_ frame: WholeFrame) throws(ProtocolViolation) -> IncomingFrame? {
        let bytes = frame.bytes
        guard let first = bytes.first else { throw .frame("an empty frame") }
        guard let kind = FrameKind(rawValue: first) else {
            if first >= 128 { return nil }
            throw .unknownKind(first)
        }
        var rest = bytes.dropFirst()
        var numbers = FrameNumbers()
        for index in 0..<kind.numberCount {
            guard rest.count >= 8 else { throw .truncated(kind) }
            numbers[index] = UInt64(
                littleEndian: UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: UInt64.self))
            rest = rest.dropFirst(8)
        }
        let body = UnsafeRawBufferPointer(rebasing: rest)
        return IncomingFrame(kind: kind, numbers: numbers, body: body, memory: frame.memory)
    }
}
