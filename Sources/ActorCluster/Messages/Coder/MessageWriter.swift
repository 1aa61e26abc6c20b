import Distributed
import ProcessIO

/// Values to the bytes of a message, in the format of `ValueTag`.
///
/// One object is the encoder, the state of all its containers, and the buffer. Nested containers are written in line,
/// in the order of the calls; a value that writes to its containers out of turn is encoded a second time, with a
/// buffer for each container (`encode(to:)` must therefore be repeatable).
package final class MessageWriter: Encoder {
    /// What references to distributed actors are encoded for; the borrower sets it, `giveBack` forgets it.
    @exclusivity(unchecked) package var actorSystem: AnyObject?

    /// Made when a value asks: few do, and a dictionary costs two allocations.
    package var userInfo: [CodingUserInfoKey: Any] {
        actorSystem.map { [.actorSystemKey: $0, .descriptorWriter: outermost ?? self] } ?? [:]
    }

    /// Always empty: the path of an encoding error would be kept for every value and used for none.
    package var codingPath: [any CodingKey] { [] }

    // The text so far.
    @exclusivity(unchecked) var buffer: UnsafeMutablePointer<UInt8>
    @exclusivity(unchecked) var capacity: Int
    @exclusivity(unchecked) var count = 0

    /// Whether long byte arrays stay where they are; for who sends `message`. `giveBack` forgets it.
    @exclusivity(unchecked) package var keepsLongArrays = false
    /// Those of this message, each behind so many bytes of the text.
    @exclusivity(unchecked) var longArrays: [LongArray] = []

    /// Whether the message may count descriptors; for who sends `message`. `giveBack` forgets it.
    @exclusivity(unchecked) package var takesDescriptors = false
    @exclusivity(unchecked) var descriptors: [SharedDescriptor] = []
    /// Of the second attempt: the writer that has the message's descriptors.
    @exclusivity(unchecked) var outermost: MessageWriter?

    // The open containers, outermost first; the frame at 0 is a sentinel.
    @exclusivity(unchecked) var frames: UnsafeMutablePointer<WriterFrame>
    @exclusivity(unchecked) var frameCapacity = 16
    @exclusivity(unchecked) var top = 0
    @exclusivity(unchecked) var lastSerial = 0

    // The value that is being encoded: its first frame, its first byte, its nesting.
    @exclusivity(unchecked) var base = 1
    @exclusivity(unchecked) var start = 0
    @exclusivity(unchecked) var level = 0
    /// How many single-value containers lie around the value that is about to be encoded.
    @exclusivity(unchecked) var wrappers = 0

    // Key names.
    let keyTables: KeyTables
    @exclusivity(unchecked) var generation: UInt64 = 1
    @exclusivity(unchecked) var nextNumber: UInt32 = 0
    @exclusivity(unchecked) var shapes = TypeShapes()

    // The second attempt.
    @exclusivity(unchecked) var isOutOfTurn = false
    @exclusivity(unchecked) var isPatient = false
    @exclusivity(unchecked) var inserts: [Insert] = []
    @exclusivity(unchecked) var failure: EncodingError?

    @exclusivity(unchecked) private var isLent = false

    init(keyTables: KeyTables = KeyTables(), capacity: Int = 4096) {
        self.keyTables = keyTables
        self.capacity = capacity
        buffer = .allocate(capacity: capacity)
        frames = .allocate(capacity: frameCapacity)
        frames.initialize(to: WriterFrame(kind: .sentinel, serial: 0, type: nil))
    }

    deinit {
        buffer.deallocate()
        frames.deallocate()
    }

    /// Appends one value. All values of a message share one key numbering.
    ///
    /// After an error the message is to be abandoned. Throws `EncodingError`, and what the value's `encode(to:)`
    /// throws.
    package func write<T: Encodable>(_ value: T) throws {
        let (start, number) = (count, nextNumber)
        do {
            try writeValue(value)
        } catch {
            // Out of turn, the second attempt tells whether the error is the value's own.
            guard isOutOfTurn else { throw error }
        }
        if isOutOfTurn { try writePatiently(value, from: start, firstNumber: number) }
    }

    /// The message so far, but for long arrays that stay where they are; valid until the next `write` or `giveBack`.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer, count: count) }
}

// MARK: - Pool

extension MessageWriter {
    private static let pool = CoderPool<MessageWriter>()

    /// A writer with an empty message, from the pool or new. It must be given back: its containers refer to it.
    package static func borrow() -> MessageWriter {
        let writer = pool.take() ?? MessageWriter()
        writer.isLent = true
        writer.reset()
        return writer
    }

    /// Ends the message; the writer may not be used any more.
    package func giveBack() {
        precondition(isLent, "a writer was given back twice")
        isLent = false
        actorSystem = nil
        keepsLongArrays = false
        longArrays = []
        takesDescriptors = false
        descriptors = []
        releaseOversizedBuffers()
        if !Self.pool.keep(self) { keyTables.dropContainers() }
    }

    private func reset() {
        count = 0
        generation &+= 1
        nextNumber = 0
    }

    private func releaseOversizedBuffers() {
        if capacity > MessageLimits.idleBufferBytes {
            buffer.deallocate()
            capacity = 4096
            buffer = .allocate(capacity: capacity)
            count = 0
        }
        if frameCapacity * MemoryLayout<WriterFrame>.stride > MessageLimits.idleBufferBytes {
            frames.deallocate()
            frameCapacity = 16
            frames = .allocate(capacity: frameCapacity)
            frames.initialize(to: WriterFrame(kind: .sentinel, serial: 0, type: nil))
        }
    }
}

// MARK: - Values

extension MessageWriter {
    /// Every primitive must be here, because `Int.encode(to:)` comes back through the single-value container.
    ///
    /// The comparisons are folded where the type is known, and cost one instruction or two each where it is not.
    @inline(__always)
    func writeValue<T: Encodable>(_ value: T) throws {
        if T.self == Int.self { return writeInteger(unsafeBitCast(value, to: Int.self)) }
        if T.self == String.self { return try writeString(unsafeBitCast(value, to: String.self)) }
        if T.self == Bool.self { return writeBool(unsafeBitCast(value, to: Bool.self)) }
        if T.self == Double.self { return writeDouble(unsafeBitCast(value, to: Double.self)) }
        if T.self == Float.self { return writeFloat(unsafeBitCast(value, to: Float.self)) }
        if T.self == UInt8.self { return writeInteger(unsafeBitCast(value, to: UInt8.self)) }
        if T.self == Int64.self { return writeInteger(unsafeBitCast(value, to: Int64.self)) }
        if T.self == UInt64.self { return writeInteger(unsafeBitCast(value, to: UInt64.self)) }
        if T.self == Int32.self { return writeInteger(unsafeBitCast(value, to: Int32.self)) }
        if T.self == UInt32.self { return writeInteger(unsafeBitCast(value, to: UInt32.self)) }
        if T.self == Int16.self { return writeInteger(unsafeBitCast(value, to: Int16.self)) }
        if T.self == UInt16.self { return writeInteger(unsafeBitCast(value, to: UInt16.self)) }
        if T.self == Int8.self { return writeInteger(unsafeBitCast(value, to: Int8.self)) }
        if T.self == UInt.self { return writeInteger(unsafeBitCast(value, to: UInt.self)) }
        if T.self == Int128.self { return writeInteger(unsafeBitCast(value, to: Int128.self)) }
        if T.self == UInt128.self { return writeInteger(unsafeBitCast(value, to: UInt128.self)) }
        if T.self == [UInt8].self { return try writeBytes(unsafeBitCast(value, to: [UInt8].self)) }
        let shape = shapes.shape(of: T.self)
        if shape == .ordinary || shape == .data { return try writeNested(value) }
        try writeCollection(value, shape)
    }

    /// A value that encodes itself.
    @inline(__always)
    func writeNested<T: Encodable>(_ value: T) throws {
        let outer = WriterScope(base: base, start: start, level: level, top: top, nextNumber: nextNumber)
        level = levelBelow
        guard level <= MessageLimits.depth else {
            level = outer.level
            throw tooDeep()
        }
        base = top &+ 1
        start = count
        do {
            try value.encode(to: self)
        } catch {
            abandonValue(within: outer)
            throw error
        }
        while top > outer.top { closeFrame() }
        if count == start { writeEmptyContainer() }
        base = outer.base
        start = outer.start
        level = outer.level
    }

    /// The level of what is put into the innermost open container, or into the value itself if it has none.
    @inline(__always)
    var levelBelow: Int { level &+ max(top &- base, 0) &+ 1 }

    /// A value that wrote nothing reads as one without fields.
    func writeEmptyContainer() {
        append(ValueTag.keyed)
        append(ValueTag.end)
    }

    /// Takes back what a value wrote before it threw: the caller may catch the error and go on.
    @inline(never)
    private func abandonValue(within outer: WriterScope) {
        cut(to: start)
        inserts.removeAll { $0.offset >= start }
        keyTables.forgetNumbers(from: outer.nextNumber, generation: generation)
        nextNumber = outer.nextNumber
        top = outer.top
        base = outer.base
        start = outer.start
        level = outer.level
        wrappers = 0
    }

    func tooDeep() -> EncodingError { error("The value is nested deeper than \(MessageLimits.depth) levels.") }

    @inline(never)
    func error(_ text: String, value: Any = ()) -> EncodingError {
        .invalidValue(
            value, .init(codingPath: [], debugDescription: text, underlyingError: CodersOwnWords()))
    }
}
