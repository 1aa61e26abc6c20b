/// Reads fields. Either pinned to one frame, or shared by all frames of its key type and reading the innermost.
struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let reader: MessageReader
    let table: KeyTable
    /// That it is pinned to; 0: shared.
    let frame: Int
    let serial: Int

    @inline(__always)
    private func resolve() throws -> Int {
        if frame == 0 { return try reader.innermostFrame(table.type) }
        guard reader.isLive(frame, serial) else { throw reader.usedTooLate() }
        return frame
    }

    @inline(__always)
    private func read<Value>(_ key: Key, _ body: () throws -> Value) throws -> Value {
        let frame = try resolve()
        try reader.seek(key, table, frame)
        let value = try body()
        reader.advance(frame)
        return value
    }

    @inline(__always)
    private func readIfPresent<Value>(_ key: Key, _ body: () throws -> Value) throws -> Value? {
        let frame = try resolve()
        guard try reader.seekIfPresent(key, table, frame), try !reader.skipNull(frame) else { return nil }
        let value = try body()
        reader.advance(frame)
        return value
    }

    func contains(_ key: Key) -> Bool {
        guard let frame = try? resolve() else { return false }
        return (try? reader.find(key, table, frame)) == .present
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        let frame = try resolve()
        try reader.seek(key, table, frame)
        return try reader.skipNull(frame)
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let frame = try resolve()
        try reader.seek(key, table, frame)
        let value = try reader.readValue(type, level: reader.frames[frame].level &+ 1)
        reader.advance(frame)
        return value
    }

    /// A nil is the missing value, unless the type has a nil of its own.
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        let frame = try resolve()
        guard try reader.seekIfPresent(key, table, frame) else { return nil }
        if reader.isAtNull, !(type is any OptionalType.Type), try reader.skipNull(frame) { return nil }
        let value = try reader.readValue(type, level: reader.frames[frame].level &+ 1)
        reader.advance(frame)
        return value
    }

    var codingPath: [any CodingKey] { (try? resolve()).map(reader.path) ?? [] }

    var allKeys: [Key] { (try? resolve()).map { reader.allKeys(of: $0, table) } ?? [] }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try reader.keyedContainer(type, nestedPlace(key))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try reader.unkeyedReader(nestedPlace(key))
    }

    func superDecoder() throws -> any Decoder {
        let frame = try resolve()
        guard try reader.find(WireKey.superclass, reader.wireKeyTable, frame) == .present else {
            throw reader.missing(WireKey.superclass, in: frame)
        }
        return PlaceDecoder(reader: reader, place: reader.nestedPlace(in: frame))
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        PlaceDecoder(reader: reader, place: try nestedPlace(key))
    }

    @inline(__always)
    private func nestedPlace(_ key: Key) throws -> ReaderPlace {
        let frame = try resolve()
        try reader.seek(key, table, frame)
        return reader.nestedPlace(in: frame)
    }
}

// The generic function would do, but these cost less, and the protocol's own versions for the 128-bit integers throw.
extension KeyedReader {
    func decode(_: Bool.Type, forKey key: Key) throws -> Bool { try read(key, reader.readBool) }
    func decode(_: String.Type, forKey key: Key) throws -> String { try read(key, reader.readString) }
    func decode(_: Double.Type, forKey key: Key) throws -> Double { try read(key, reader.readDouble) }
    func decode(_: Float.Type, forKey key: Key) throws -> Float { try read(key, reader.readFloat) }
    func decode(_: Int.Type, forKey key: Key) throws -> Int { try integer(key) }
    func decode(_: Int8.Type, forKey key: Key) throws -> Int8 { try integer(key) }
    func decode(_: Int16.Type, forKey key: Key) throws -> Int16 { try integer(key) }
    func decode(_: Int32.Type, forKey key: Key) throws -> Int32 { try integer(key) }
    func decode(_: Int64.Type, forKey key: Key) throws -> Int64 { try integer(key) }
    func decode(_: Int128.Type, forKey key: Key) throws -> Int128 { try integer(key) }
    func decode(_: UInt.Type, forKey key: Key) throws -> UInt { try integer(key) }
    func decode(_: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(key) }
    func decode(_: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(key) }
    func decode(_: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(key) }
    func decode(_: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(key) }
    func decode(_: UInt128.Type, forKey key: Key) throws -> UInt128 { try integer(key) }

    func decodeIfPresent(_: Bool.Type, forKey key: Key) throws -> Bool? { try readIfPresent(key, reader.readBool) }
    func decodeIfPresent(_: String.Type, forKey key: Key) throws -> String? {
        try readIfPresent(key, reader.readString)
    }
    func decodeIfPresent(_: Double.Type, forKey key: Key) throws -> Double? {
        try readIfPresent(key, reader.readDouble)
    }
    func decodeIfPresent(_: Float.Type, forKey key: Key) throws -> Float? { try readIfPresent(key, reader.readFloat) }
    func decodeIfPresent(_: Int.Type, forKey key: Key) throws -> Int? { try integerIfPresent(key) }
    func decodeIfPresent(_: Int8.Type, forKey key: Key) throws -> Int8? { try integerIfPresent(key) }
    func decodeIfPresent(_: Int16.Type, forKey key: Key) throws -> Int16? { try integerIfPresent(key) }
    func decodeIfPresent(_: Int32.Type, forKey key: Key) throws -> Int32? { try integerIfPresent(key) }
    func decodeIfPresent(_: Int64.Type, forKey key: Key) throws -> Int64? { try integerIfPresent(key) }
    func decodeIfPresent(_: Int128.Type, forKey key: Key) throws -> Int128? { try integerIfPresent(key) }
    func decodeIfPresent(_: UInt.Type, forKey key: Key) throws -> UInt? { try integerIfPresent(key) }
    func decodeIfPresent(_: UInt8.Type, forKey key: Key) throws -> UInt8? { try integerIfPresent(key) }
    func decodeIfPresent(_: UInt16.Type, forKey key: Key) throws -> UInt16? { try integerIfPresent(key) }
    func decodeIfPresent(_: UInt32.Type, forKey key: Key) throws -> UInt32? { try integerIfPresent(key) }
    func decodeIfPresent(_: UInt64.Type, forKey key: Key) throws -> UInt64? { try integerIfPresent(key) }
    func decodeIfPresent(_: UInt128.Type, forKey key: Key) throws -> UInt128? { try integerIfPresent(key) }

    @inline(__always)
    private func integer<Integer: FixedWidthInteger>(_ key: Key) throws -> Integer {
        try read(key) { try reader.readInteger(Integer.self) }
    }

    @inline(__always)
    private func integerIfPresent<Integer: FixedWidthInteger>(_ key: Key) throws -> Integer? {
        try readIfPresent(key) { try reader.readInteger(Integer.self) }
    }
}

/// Tells an Optional type from others.
protocol OptionalType {}
extension Optional: OptionalType {}

/// A key type's shared container, as its table keeps it.
final class SharedKeyedReader<Key: CodingKey> {
    let container: KeyedDecodingContainer<Key>

    init(_ container: KeyedDecodingContainer<Key>) { self.container = container }
}

extension MessageReader {
    @inline(__always)
    func sharedContainer<Key: CodingKey>(_ table: KeyTable) -> KeyedDecodingContainer<Key> {
        if let shared = table.contents.pointee.container {
            return unsafeDowncast(shared, to: SharedKeyedReader<Key>.self).container
        }
        let container: KeyedDecodingContainer<Key> = pinnedContainer(table, 0, 0)
        table.contents.pointee.container = SharedKeyedReader(container)
        return container
    }

    func pinnedContainer<Key: CodingKey>(
        _ table: KeyTable, _ frame: Int, _ serial: Int
    ) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(KeyedReader<Key>(reader: self, table: table, frame: frame, serial: serial))
    }

    var wireKeyTable: KeyTable { keyTables.table(for: WireKey.self) }

    @inline(__always)
    var isAtNull: Bool { offset < end && bytes[offset] == ValueTag.null }

    /// Steps over a nil field, if it is one.
    @inline(__always)
    fileprivate func skipNull(_ frame: Int) throws -> Bool {
        guard isAtNull else { return false }
        offset &+= 1
        advance(frame)
        return true
    }

    /// The keys of a container that this key type knows, in the order of the message; what is broken ends the list.
    fileprivate func allKeys<Key: CodingKey>(of frame: Int, _ table: KeyTable) -> [Key] {
        var keys: [Key] = []
        offset = frames[frame].start &+ 1
        while offset < end, bytes[offset] != ValueTag.end {
            guard let text = try? readKey(), offset < end else { return keys }
            if bytes[offset] != ValueTag.absent, let key: Key = key(text, table) { keys.append(key) }
            guard (try? skipValue(insideLevel: frames[frame].level)) != nil else { return keys }
        }
        if offset < end { frames[frame].end = offset &+ 1 }
        return keys
    }

    private func key<Key: CodingKey>(_ text: WireKeyText, _ table: KeyTable) -> Key? {
        guard table.hasNames, let number = text.number else {
            return Key(stringValue: self.text(text.offset, text.length))
        }
        if let byte = table.byte(numbered: number, generation: generation) {
            // The byte was taken from a key of this type, and types of one byte are bits only.
            return withUnsafeBytes(of: byte) { $0.loadUnaligned(as: Key.self) }
        }
        guard let key = Key(stringValue: self.text(text.offset, text.length)) else { return nil }
        let name = table.name(of: key)
        name.pointee.generation = generation
        name.pointee.number = UInt32(truncatingIfNeeded: number)
        return key
    }
}
