/// Writes fields. Either pinned to one frame, or shared by all frames of its key type and writing to the innermost.
struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: MessageWriter
    let table: KeyTable
    /// Of the frame that it is pinned to; 0: shared.
    let serial: Int

    var codingPath: [any CodingKey] { [] }

    @inline(__always)
    private func begin(_ key: Key) {
        turn()
        writer.writeKey(key, table)
    }

    @inline(__always)
    private func turn() {
        if serial == 0 {
            writer.turn(toInnermost: table.type)
        } else {
            writer.turn(to: serial)
        }
    }

    /// An optional field: `absent` keeps a reader that expects the field in step.
    @inline(__always)
    private func writeOptional<T>(_ value: T?, _ key: Key, _ write: (T) throws -> Void) rethrows {
        begin(key)
        if let value {
            try write(value)
        } else {
            writer.append(ValueTag.absent)
        }
    }

    /// The value of a key that is already written. A value that threw leaves `absent`, as the caller may go on.
    @inline(__always)
    private func writeValue<T: Encodable>(_ value: T) throws {
        do {
            try writer.writeValue(value)
        } catch {
            writer.append(ValueTag.absent)
            throw error
        }
    }

    func encodeNil(forKey key: Key) throws {
        begin(key)
        writer.append(ValueTag.null)
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        begin(key)
        try writeValue(value)
    }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        try writeOptional(value, key) { try writeValue($0) }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        begin(key)
        return writer.nestedKeyedContainer(type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        begin(key)
        return writer.nestedUnkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        turn()
        writer.writePlainKey(WireKey.superclass.stringValue)
        return writer.nestedSuperEncoder()
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        begin(key)
        return writer.nestedSuperEncoder()
    }
}

// The protocol's own versions of these write nothing for nil, and throw for the 128-bit integers; a generic function
// does not replace them.
extension KeyedWriter {
    func encode(_ value: Int128, forKey key: Key) throws {
        begin(key)
        writer.writeInteger(value)
    }

    func encode(_ value: UInt128, forKey key: Key) throws {
        begin(key)
        writer.writeInteger(value)
    }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { writeOptional(value, key, writer.writeBool) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws {
        try writeOptional(value, key) { try writeValue($0) }
    }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { writeOptional(value, key, writer.writeDouble) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { writeOptional(value, key, writer.writeFloat) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
    func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { writeOptional(value, key, writer.writeInteger) }
}

/// A key type's shared container, as its table keeps it.
final class SharedKeyedWriter<Key: CodingKey> {
    let container: KeyedEncodingContainer<Key>

    init(_ container: KeyedEncodingContainer<Key>) { self.container = container }
}

extension MessageWriter {
    /// The container that the value asks its encoder for.
    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        let table = keyTables.table(for: type)
        let serial = valueFrame(.keyed, table.type)
        let isShared = frames[base].type == table.type && !isPatient
        return isShared ? sharedContainer(table) : pinnedContainer(table, serial)
    }

    func nestedKeyedContainer<Key: CodingKey>(_ type: Key.Type) -> KeyedEncodingContainer<Key> {
        if isPatient { return insertedWriter().container(keyedBy: type) }
        let table = keyTables.table(for: type)
        if canShare(table) {
            table.contents.pointee.nestingOwner = frames[base].serial
            _ = nestFrame(.keyed, table.type)
            return sharedContainer(table)
        }
        return pinnedContainer(table, nestFrame(.keyed))
    }

    /// The shared container serves one container of a value: a second one with the same keys must not be mistaken for
    /// it, whether the first is open or closed.
    @inline(__always)
    private func canShare(_ table: KeyTable) -> Bool {
        if table.contents.pointee.nestingOwner == frames[base].serial { return false }
        var index = top
        while index >= base {
            if frames[index].type == table.type { return false }
            index &-= 1
        }
        return true
    }

    @inline(__always)
    private func sharedContainer<Key: CodingKey>(_ table: KeyTable) -> KeyedEncodingContainer<Key> {
        if let shared = table.contents.pointee.container {
            return unsafeDowncast(shared, to: SharedKeyedWriter<Key>.self).container
        }
        let container: KeyedEncodingContainer<Key> = pinnedContainer(table, 0)
        table.contents.pointee.container = SharedKeyedWriter(container)
        return container
    }

    private func pinnedContainer<Key: CodingKey>(_ table: KeyTable, _ serial: Int) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedWriter<Key>(writer: self, table: table, serial: serial))
    }
}
