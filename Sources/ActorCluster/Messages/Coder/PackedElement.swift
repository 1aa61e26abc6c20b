/// A number of a packed array.
enum PackedNumber {
    case unsigned(UInt64)
    case signed(Int64)
    case float(Float)
    case double(Double)
}

/// The decoder of one number, for an array that is read as elements of another type than it was written with.
struct PackedElement: Decoder, SingleValueDecodingContainer {
    let reader: MessageReader
    let number: PackedNumber
    let level: Int
    /// The array, and which of its elements this is.
    let frame: Int
    let index: Int

    var codingPath: [any CodingKey] { reader.path(of: frame, field: index) }
    var userInfo: [CodingUserInfoKey: Any] { reader.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        throw mismatch([String: Any].self)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw mismatch([Any].self) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { throw mismatch(type) }
    func decode(_ type: String.Type) throws -> String { throw mismatch(type) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }

    func decode(_ type: Float.Type) throws -> Float {
        guard case .float(let value) = number else { throw mismatch(type) }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard case .double(let value) = number else { throw mismatch(type) }
        return value
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        guard level <= MessageLimits.depth else { throw reader.tooDeep() }
        return try T(
            from: PackedElement(reader: reader, number: number, level: level + 1, frame: frame, index: index))
    }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        let value: Integer?
        switch number {
        case .unsigned(let number): value = Integer(exactly: number)
        case .signed(let number): value = Integer(exactly: number)
        case .float, .double: throw mismatch(Integer.self)
        }
        guard let value else { throw reader.doesNotFit(Integer.self) }
        return value
    }

    private func mismatch(_ type: Any.Type) -> DecodingError { reader.mismatchOfElement(type) }
}

extension MessageReader {
    /// The element at the offset, which is moved behind it.
    @inline(__always)
    func readPackedElement<T: Decodable>(_ type: T.Type, _ frame: Int) throws -> T {
        let kind = frames[frame].elementKind
        let start = try take(kind.elementSize)
        if T.self == UInt8.self, kind == .uint8 { return unsafeBitCast(bytes[start], to: T.self) }
        return try convertElement(type, number(at: start, kind), frame, after: offset)
    }

    @inline(never)
    private func convertElement<T: Decodable>(
        _ type: T.Type, _ number: PackedNumber, _ frame: Int, after next: Int
    ) throws -> T {
        let element = PackedElement(
            reader: self, number: number, level: frames[frame].level &+ 1, frame: frame, index: frames[frame].count)
        let value = try element.decode(type)
        offset = next
        return value
    }

    private func number(at start: Int, _ kind: PackedKind) -> PackedNumber {
        var bits: UInt64 = 0
        for index in 0..<kind.elementSize { bits |= UInt64(bytes[start &+ index]) &<< UInt64(8 &* index) }
        if kind == .double { return .double(Double(bitPattern: bits)) }
        if kind == .float { return .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) }
        guard kind.isSigned else { return .unsigned(bits) }
        let unused = UInt64(64 &- 8 &* kind.elementSize)
        return .signed(Int64(bitPattern: bits &<< unused) &>> Int64(unused))
    }

    @inline(never)
    func mismatchOfElement(_ type: Any.Type) -> DecodingError {
        let path = path(of: active, field: place(in: active))
        return .typeMismatch(type, Self.context(path, "Expected \(type) but found a number."))
    }
}
