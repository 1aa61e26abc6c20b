import Distributed
package import ProcessIO

/// The bytes of a message to values, in the format of `ValueTag`.
///
/// One object is the decoder and the state of all its containers. A container expects its fields in the order in
/// which they are asked for; it searches only when that fails. Whatever the bytes say, reading ends in a value or in
/// an error, on a bounded stack and in memory that the bytes account for.
package final class MessageReader: Decoder {
    /// What references to distributed actors are decoded for; the borrower sets it, `giveBack` forgets it.
    @exclusivity(unchecked) package var actorSystem: AnyObject?

    /// Made when a value asks: few do, and a dictionary costs two allocations.
    package var userInfo: [CodingUserInfoKey: Any] {
        actorSystem.map { [.actorSystemKey: $0, .descriptorReader: self] } ?? [:]
    }

    /// Those that the message counts; the borrower sets them, `giveBack` forgets them.
    @exclusivity(unchecked) package var descriptors: DescriptorGroup?

    // The bytes, only during `read`.
    @exclusivity(unchecked) var bytes: UnsafePointer<UInt8>
    @exclusivity(unchecked) var end = 0
    @exclusivity(unchecked) var offset = 0
    /// The offset after the values read so far; the number of bytes when all was read.
    @exclusivity(unchecked) package private(set) var position = 0

    // The containers in use, in the order of their opening; the frame at 0 is a sentinel.
    @exclusivity(unchecked) var frames: UnsafeMutablePointer<ReaderFrame>
    @exclusivity(unchecked) var frameCapacity = 16
    @exclusivity(unchecked) var top = 0
    @exclusivity(unchecked) var lastSerial = 0
    /// The frame that a value is being read from, for the coding path of an error.
    @exclusivity(unchecked) var active = 0

    /// The value that is being decoded.
    @exclusivity(unchecked) var scope = ReaderScope()
    // The last value that was read through a single-value container.
    @exclusivity(unchecked) var singleStart = -1
    @exclusivity(unchecked) var singleEnd = 0

    // Key names.
    let keyTables = KeyTables()
    @exclusivity(unchecked) var generation: UInt64 = 1
    @exclusivity(unchecked) var names = WireNames()
    @exclusivity(unchecked) var fieldIndex = FieldIndex()
    @exclusivity(unchecked) var shapes = TypeShapes()

    private let noBytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    @exclusivity(unchecked) private var isLent = false

    init() {
        noBytes.initialize(to: ValueTag.end)
        bytes = UnsafePointer(noBytes)
        frames = .allocate(capacity: frameCapacity)
        frames.initialize(to: ReaderFrame.sentinel)
    }

    deinit {
        frames.deallocate()
        noBytes.deallocate()
    }

    /// Reads the next value of the message.
    ///
    /// `bytes` is the whole message at each call, though it may lie elsewhere, and is used only during the call.
    /// After an error the message is to be abandoned. Throws `DecodingError`, and what the value's `init(from:)`
    /// throws.
    package func read<T: Decodable>(_ type: T.Type, from bytes: UnsafeRawBufferPointer) throws -> T {
        begin(bytes)
        defer { stop() }
        guard names.end <= end, position <= end, end <= MessageLimits.length else {
            throw corrupted("The message is not the one that was begun.")
        }
        let value = try readValue(type, level: 1)
        position = offset
        return value
    }

    private func begin(_ message: UnsafeRawBufferPointer) {
        bytes = message.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? UnsafePointer(noBytes)
        end = message.count
        offset = position
        singleStart = -1
    }

    /// A container that is kept for later finds an empty message.
    private func stop() {
        bytes = UnsafePointer(noBytes)
        end = 0
        top = 0
        active = 0
        scope = ReaderScope()
        fieldIndex.count = 0
    }
}

// MARK: - Pool

extension MessageReader {
    private static let pool = CoderPool<MessageReader>()

    /// A reader at the start of a new message, from the pool or new. It must be given back: its containers refer to it.
    package static func borrow() -> MessageReader {
        let reader = pool.take() ?? MessageReader()
        reader.isLent = true
        reader.reset()
        return reader
    }

    /// Ends the message; the reader may not be used any more.
    package func giveBack() {
        precondition(isLent, "a reader was given back twice")
        isLent = false
        (actorSystem, descriptors) = (nil, nil)
        releaseOversizedBuffers()
        if !Self.pool.keep(self) { keyTables.dropContainers() }
    }

    private func reset() {
        position = 0
        generation &+= 1
        names.removeAll()
    }

    private func releaseOversizedBuffers() {
        if names.isOversized { names = WireNames() }
        if fieldIndex.isOversized { fieldIndex = FieldIndex() }
        if frameCapacity * MemoryLayout<ReaderFrame>.stride > MessageLimits.idleBufferBytes {
            frames.deallocate()
            frameCapacity = 16
            frames = .allocate(capacity: frameCapacity)
            frames.initialize(to: ReaderFrame.sentinel)
        }
    }
}

// MARK: - Values

extension MessageReader {
    /// Every primitive must be here, because `Int.init(from:)` comes back through the single-value container.
    ///
    /// `level` is the nesting of the value. The comparisons are folded where the type is known.
    @inline(__always)
    func readValue<T: Decodable>(_ type: T.Type, level: Int) throws -> T {
        if T.self == Int.self { return unsafeBitCast(try readInteger(Int.self), to: T.self) }
        if T.self == String.self { return unsafeBitCast(try readString(), to: T.self) }
        if T.self == Bool.self { return unsafeBitCast(try readBool(), to: T.self) }
        if T.self == Double.self { return unsafeBitCast(try readDouble(), to: T.self) }
        if T.self == Float.self { return unsafeBitCast(try readFloat(), to: T.self) }
        if T.self == UInt8.self { return unsafeBitCast(try readInteger(UInt8.self), to: T.self) }
        if T.self == Int64.self { return unsafeBitCast(try readInteger(Int64.self), to: T.self) }
        if T.self == UInt64.self { return unsafeBitCast(try readInteger(UInt64.self), to: T.self) }
        if T.self == Int32.self { return unsafeBitCast(try readInteger(Int32.self), to: T.self) }
        if T.self == UInt32.self { return unsafeBitCast(try readInteger(UInt32.self), to: T.self) }
        if T.self == Int16.self { return unsafeBitCast(try readInteger(Int16.self), to: T.self) }
        if T.self == UInt16.self { return unsafeBitCast(try readInteger(UInt16.self), to: T.self) }
        if T.self == Int8.self { return unsafeBitCast(try readInteger(Int8.self), to: T.self) }
        if T.self == UInt.self { return unsafeBitCast(try readInteger(UInt.self), to: T.self) }
        if T.self == Int128.self { return unsafeBitCast(try readInteger(Int128.self), to: T.self) }
        if T.self == UInt128.self { return unsafeBitCast(try readInteger(UInt128.self), to: T.self) }
        // Apart from the collections below: an optional of a type that is known at run time only costs more than a
        // short array.
        if T.self == [UInt8].self, let bytes = try readBytes() {
            return unsafeBitCast([UInt8](bytes), to: T.self)
        }
        let shape = shapes.shape(of: T.self)
        if shape != .ordinary, let collection = try readCollection(T.self, shape, level) { return collection }
        return try readNested(T.self, level: level)
    }

    /// A value that decodes itself.
    @inline(__always)
    func readNested<T: Decodable>(_ type: T.Type, level: Int) throws -> T {
        guard level <= MessageLimits.depth else { throw tooDeep() }
        let (outerScope, outerTop, outerFields) = (scope, top, fieldIndex.count)
        scope = ReaderScope(start: offset, base: top &+ 1, level: level, owner: active)
        defer {
            active = scope.owner
            scope = outerScope
            top = outerTop
            fieldIndex.count = outerFields
        }
        let value = try T(from: self)
        try moveBehindValue()
        return value
    }

    /// The value may have left its container anywhere, or not have opened one.
    @inline(__always)
    private func moveBehindValue() throws {
        if top >= scope.base, frames[scope.base].start == scope.start {
            try moveBehindFrame(scope.base)
        } else if singleStart == scope.start {
            offset = singleEnd
        } else {
            offset = scope.start
            try skipValue(insideLevel: scope.level &- 1)
        }
    }

    @inline(__always)
    private func moveBehindFrame(_ frame: Int) throws {
        if frames[frame].end >= 0 {
            offset = frames[frame].end
            return
        }
        offset = frames[frame].cursor
        if offset < end, bytes[offset] == ValueTag.end {
            offset &+= 1
        } else {
            try skipRest(of: frame)
        }
    }
}
