/// Writes elements to one frame.
struct UnkeyedWriter: UnkeyedEncodingContainer {
    let writer: MessageWriter
    let serial: Int
    private(set) var count: Int

    init(writer: MessageWriter, serial: Int, count: Int = 0) {
        self.writer = writer
        self.serial = serial
        self.count = count
    }

    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() throws {
        count = writer.beginElement(serial)
        writer.append(ValueTag.null)
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        count = writer.beginElement(serial)
        do {
            try writer.writeValue(value)
        } catch {
            count -= 1
            writer.frames[writer.top].count = count
            throw error
        }
    }

    // The protocol's own versions throw.
    mutating func encode(_ value: Int128) throws {
        count = writer.beginElement(serial)
        writer.writeInteger(value)
    }

    mutating func encode(_ value: UInt128) throws {
        count = writer.beginElement(serial)
        writer.writeInteger(value)
    }

    /// Foundation's `Data` comes here: written at once, as the same bytes that a `[UInt8]` has.
    mutating func encode<Bytes: Sequence>(contentsOf sequence: Bytes) throws where Bytes.Element == UInt8 {
        if let written = try writer.writeWholeContainer(serial, sequence) {
            count = written
        } else {
            for byte in sequence { try encode(byte) }
        }
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        count = writer.beginElement(serial)
        return writer.nestedKeyedContainer(type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        count = writer.beginElement(serial)
        return writer.nestedUnkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        count = writer.beginElement(serial)
        return writer.nestedSuperEncoder()
    }
}

/// Writes the one value that a value consists of.
struct SingleValueWriter: SingleValueEncodingContainer {
    let writer: MessageWriter
    /// How many such containers lie around this one without another in between.
    let wrappers: Int

    var codingPath: [any CodingKey] { [] }

    /// A nil inside a wrapper is marked, once per wrapper: `.some(nil)` is not nil.
    func encodeNil() throws {
        try checkIsFirst()
        for _ in 0..<wrappers { writer.append(ValueTag.some) }
        writer.append(ValueTag.null)
    }

    func encode<T: Encodable>(_ value: T) throws {
        try checkIsFirst()
        writer.wrappers = wrappers + 1
        defer { writer.wrappers = 0 }
        try writer.writeValue(value)
    }

    // The protocol's own versions throw.
    func encode(_ value: Int128) throws {
        try checkIsFirst()
        writer.writeInteger(value)
    }

    func encode(_ value: UInt128) throws {
        try checkIsFirst()
        writer.writeInteger(value)
    }

    @inline(__always)
    private func checkIsFirst() throws {
        guard writer.count == writer.start else {
            throw writer.error("A value encoded a second value into its single-value container.")
        }
    }
}

/// The encoder for a superclass, in a container of its own.
final class SuperWriter: Encoder {
    let writer: MessageWriter
    let serial: Int

    init(writer: MessageWriter, serial: Int) {
        self.writer = writer
        self.serial = serial
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { writer.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        writer.decideSuper(serial, .keyed)
        let table = writer.keyTables.table(for: type)
        return KeyedEncodingContainer(KeyedWriter<Key>(writer: writer, table: table, serial: serial))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        writer.decideSuper(serial, .undecided)
        return UnkeyedWriter(writer: writer, serial: serial)
    }

    /// Rare enough to be left to the second attempt.
    func singleValueContainer() -> any SingleValueEncodingContainer {
        writer.isOutOfTurn = true
        return SingleValueWriter(writer: writer, wrappers: 0)
    }
}

extension MessageWriter {
    /// The container that the value asks its encoder for.
    package func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let serial = valueFrame(.undecided)
        return UnkeyedWriter(writer: self, serial: serial, count: frames[base].count)
    }

    /// The container that the value asks its encoder for.
    package func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleValueWriter(writer: self, wrappers: wrappers)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        if isPatient { return insertedWriter().unkeyedContainer() }
        return UnkeyedWriter(writer: self, serial: nestFrame(.undecided))
    }

    func nestedSuperEncoder() -> any Encoder {
        if isPatient { return insertedWriter() }
        return SuperWriter(writer: self, serial: nestFrame(.superclass))
    }

    /// A container that is nested by hand. Too deep a one is reported by the second attempt, because this cannot throw.
    @inline(__always)
    func nestFrame(_ kind: WriterFrame.Kind, _ type: UnsafeRawPointer? = nil) -> Int {
        let serial = openFrame(kind, type)
        if level &+ (top &- base) > MessageLimits.depth { isOutOfTurn = true }
        return serial
    }

    /// A super encoder was asked for a container.
    fileprivate func decideSuper(_ serial: Int, _ kind: WriterFrame.Kind) {
        turn(to: serial)
        guard !isOutOfTurn else { return }
        if frames[top].kind == .superclass {
            frames[top].kind = kind
            if kind == .keyed { append(ValueTag.keyed) }
        } else if (frames[top].kind == .keyed) != (kind == .keyed) {
            isOutOfTurn = true
        }
    }

    /// The bytes as the whole of an unkeyed container that is still empty; nil if that cannot be.
    fileprivate func writeWholeContainer<Bytes: Sequence>(
        _ serial: Int, _ sequence: Bytes
    ) throws -> Int? where Bytes.Element == UInt8 {
        turn(to: serial)
        guard frames[top].kind == .undecided, !isOutOfTurn, !isPatient else { return nil }
        let count = try sequence.withContiguousStorageIfAvailable { bytes in
            try writeBytes(UnsafeRawBufferPointer(bytes))
            return bytes.count
        }
        if let count {
            frames[top].kind = .bytes
            frames[top].count = count
        }
        return count
    }
}
