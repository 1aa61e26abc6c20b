/// Reads elements of one frame.
struct UnkeyedReader: UnkeyedDecodingContainer {
    let reader: MessageReader
    let frame: Int
    let serial: Int

    private var isLive: Bool { reader.isLive(frame, serial) }
    private var state: ReaderFrame { reader.frames[frame] }
    private var isPacked: Bool { reader.frames[frame].kind == .packed }

    var codingPath: [any CodingKey] { isLive ? reader.path(of: frame) : [] }

    var currentIndex: Int { isLive ? state.count : 0 }

    /// Known for packed arrays only.
    var count: Int? {
        guard isLive, isPacked else { return nil }
        return state.count + (state.end - state.cursor) >> state.elementKind.sizeShift
    }

    var isAtEnd: Bool {
        guard isLive else { return true }
        let cursor = reader.frames[frame].cursor
        if isPacked { return cursor >= reader.frames[frame].end }
        return cursor >= reader.end || reader.bytes[cursor] == ValueTag.end
    }

    /// Moves the reader to the next element.
    @inline(__always)
    private func begin(_ type: Any.Type) throws {
        guard isLive else { throw reader.usedTooLate() }
        guard !isAtEnd else { throw reader.noMoreElements(type, in: frame) }
        reader.active = frame
        reader.offset = reader.frames[frame].cursor
    }

    @inline(__always)
    private func finish() {
        reader.advance(frame)
        reader.frames[frame].count &+= 1
    }

    @inline(__always)
    private func next<T: Decodable>(_ type: T.Type) throws -> T {
        try begin(type)
        let value =
            isPacked
            ? try reader.readPackedElement(type, frame)
            : try reader.readValue(type, level: reader.frames[frame].level &+ 1)
        finish()
        return value
    }

    mutating func decodeNil() throws -> Bool {
        try begin(Any.self)
        guard !isPacked, reader.isAtNull else { return false }
        reader.offset &+= 1
        finish()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next(type) }

    // The protocol's own versions throw.
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try next(type) }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try next(type) }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try reader.keyedContainer(type, nextPlace([String: Any].self))
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try reader.unkeyedReader(nextPlace([Any].self))
    }

    mutating func superDecoder() throws -> any Decoder {
        PlaceDecoder(reader: reader, place: try nextPlace((any Decoder).self))
    }

    /// The next element as a container. It is stepped over first: it may be read later than its neighbours.
    private func nextPlace(_ type: Any.Type) throws -> ReaderPlace {
        try begin(type)
        guard !isPacked else { throw reader.mismatchOfElement(type) }
        let place = reader.nestedPlace(in: frame)
        try reader.skipValue(insideLevel: reader.frames[frame].level)
        finish()
        return place
    }
}

/// Reads the one value that a value consists of.
struct SingleValueReader: SingleValueDecodingContainer {
    let reader: MessageReader
    let place: ReaderPlace

    var codingPath: [any CodingKey] { reader.path(of: place.parent, field: place.place) }

    func decodeNil() -> Bool {
        guard place.start < reader.end, reader.bytes[place.start] == ValueTag.null else { return false }
        reader.singleStart = place.start
        reader.singleEnd = place.start &+ 1
        return true
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try read(type) }

    // The protocol's own versions throw.
    func decode(_ type: Int128.Type) throws -> Int128 { try read(type) }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try read(type) }

    @inline(__always)
    private func read<T: Decodable>(_ type: T.Type) throws -> T {
        reader.active = min(place.parent, reader.top)
        reader.offset = place.start
        if place.start < reader.end, reader.bytes[place.start] == ValueTag.some { reader.offset &+= 1 }
        let value = try reader.readValue(type, level: place.level &+ 1)
        reader.singleStart = place.start
        reader.singleEnd = reader.offset
        return value
    }
}

/// The decoder for a superclass.
struct PlaceDecoder: Decoder {
    let reader: MessageReader
    let place: ReaderPlace

    var codingPath: [any CodingKey] { reader.path(of: place.parent, field: place.place) }
    var userInfo: [CodingUserInfoKey: Any] { reader.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try reader.keyedContainer(type, place)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try reader.unkeyedReader(place) }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleValueReader(reader: reader, place: place)
    }
}

extension MessageReader {
    /// The container that the value asks its decoder for.
    package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try keyedContainer(type, valuePlace)
    }

    /// The container that the value asks its decoder for.
    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try unkeyedReader(valuePlace) }

    /// The container that the value asks its decoder for.
    package func singleValueContainer() throws -> any SingleValueDecodingContainer {
        SingleValueReader(reader: self, place: valuePlace)
    }
}
