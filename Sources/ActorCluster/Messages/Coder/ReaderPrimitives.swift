extension MessageReader {
    /// Checks that this many bytes remain.
    @inline(__always)
    func need(_ length: Int) throws {
        if length > end &- offset { throw endsEarly() }
    }

    /// Steps over this many bytes and gives the offset of the first.
    @inline(__always)
    func take(_ length: Int) throws -> Int {
        try need(length)
        let start = offset
        offset &+= length
        return start
    }

    @inline(__always)
    func load<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        let start = try take(MemoryLayout<Number>.size)
        return Number(littleEndian: UnsafeRawPointer(bytes + start).loadUnaligned(as: Number.self))
    }
}

// MARK: - Numbers

extension MessageReader {
    @inline(__always)
    func readInteger<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
        if offset < end, bytes[offset] < 0x80 {
            offset &+= 1
            return Integer(truncatingIfNeeded: bytes[offset &- 1])
        }
        return try readLongInteger()
    }

    @inline(__always)
    private func readLongInteger<Integer: FixedWidthInteger>() throws -> Integer {
        let start = offset
        guard offset < end else { throw endsEarly() }
        let tag = bytes[offset]
        offset &+= 1
        let value: Integer?
        switch tag {
        case ValueTag.smallNegative...0xFF: value = Integer(exactly: Int8(bitPattern: tag))
        case ValueTag.integer..<ValueTag.complement: value = Integer(exactly: try readMagnitude(tag))
        case ValueTag.complement..<ValueTag.smallNegative: value = negative(try readMagnitude(tag))
        case ValueTag.int128: value = Integer(exactly: try load(Int128.self))
        case ValueTag.uint128: value = Integer(exactly: try load(UInt128.self))
        default: throw mismatch(Integer.self, at: start)
        }
        guard let value else { throw doesNotFit(Integer.self) }
        return value
    }

    /// One to eight bytes, by one load of eight where so many remain.
    @inline(__always)
    private func readMagnitude(_ tag: UInt8) throws -> UInt64 {
        let length = Int(tag & 7) &+ 1
        let start = try take(length)
        if end &- start >= 8 {
            let word = UInt64(littleEndian: UnsafeRawPointer(bytes + start).loadUnaligned(as: UInt64.self))
            return word & (UInt64.max &>> UInt64(64 &- 8 &* length))
        }
        var value: UInt64 = 0
        for index in 0..<length { value |= UInt64(bytes[start &+ index]) &<< UInt64(8 &* index) }
        return value
    }

    @inline(__always)
    private func negative<Integer: FixedWidthInteger>(_ complement: UInt64) -> Integer? {
        complement <= UInt64(Int64.max) ? Integer(exactly: ~Int64(bitPattern: complement)) : nil
    }

    @inline(__always)
    func readBool() throws -> Bool {
        guard offset < end, bytes[offset] & 0xFE == ValueTag.no else { throw mismatch(Bool.self, at: offset) }
        offset &+= 1
        return bytes[offset &- 1] == ValueTag.yes
    }

    @inline(__always)
    func readDouble() throws -> Double {
        guard offset < end, bytes[offset] == ValueTag.double else { throw mismatch(Double.self, at: offset) }
        offset &+= 1
        return Double(bitPattern: try load(UInt64.self))
    }

    @inline(__always)
    func readFloat() throws -> Float {
        guard offset < end, bytes[offset] == ValueTag.float else { throw mismatch(Float.self, at: offset) }
        offset &+= 1
        return Float(bitPattern: try load(UInt32.self))
    }
}

// MARK: - Strings and arrays

extension MessageReader {
    @inline(__always)
    func readString() throws -> String {
        guard offset < end else { throw endsEarly() }
        let tag = bytes[offset]
        let length: Int
        if tag & 0xC0 == ValueTag.shortString {
            offset &+= 1
            length = Int(tag & 0x3F)
        } else if tag == ValueTag.string {
            offset &+= 1
            length = Int(try load(UInt32.self))
        } else {
            throw mismatch(String.self, at: offset)
        }
        return try validText(take(length), length)
    }

    @inline(__always)
    private func validText(_ start: Int, _ length: Int) throws -> String {
        let utf8 = UnsafeBufferPointer(start: bytes + start, count: length)
        guard let string = String(validating: utf8, as: UTF8.self) else {
            throw corrupted("A string is not valid UTF-8.")
        }
        return string
    }

    /// A collection whose type has this shape; nil if the message has it in another form, to be read by its elements.
    func readCollection<T>(_ type: T.Type, _ shape: TypeShape, _ level: Int) throws -> T? {
        switch shape {
        case .int8s: return try readPacked(Int8.self, .int8)
        case .int16s: return try readPacked(Int16.self, .int16)
        case .int32s: return try readPacked(Int32.self, .int32)
        case .int64s: return try readPacked(Int64.self, .int64)
        case .ints: return try readPacked(Int.self, .int64)
        case .uint16s: return try readPacked(UInt16.self, .uint16)
        case .uint32s: return try readPacked(UInt32.self, .uint32)
        case .uint64s: return try readPacked(UInt64.self, .uint64)
        case .uints: return try readPacked(UInt.self, .uint64)
        case .floats: return try readPacked(Float.self, .float)
        case .doubles: return try readPacked(Double.self, .double)
        case .strings: return attempt(level) { try readStrings() }
        case .integersByText: return attempt(level) { try readDictionary(Int.self) }
        case .textsByText: return attempt(level) { try readDictionary(String.self) }
        case .data: return try readData()
        case .ordinary: return nil
        }
    }

    /// `nil`: the bytes of an array were written one by one.
    func readBytes() throws -> UnsafeBufferPointer<UInt8>? {
        guard offset < end, bytes[offset] == ValueTag.bytes else { return nil }
        offset &+= 1
        let length = Int(try load(UInt32.self))
        return UnsafeBufferPointer(start: bytes + (try take(length)), count: length)
    }

    private func readPacked<Element: BitwiseCopyable, Elements>(
        _ type: Element.Type, _ kind: PackedKind
    ) throws -> Elements? {
        guard end &- offset >= 2, bytes[offset] == ValueTag.packed, bytes[offset &+ 1] == kind.rawValue else {
            return nil
        }
        offset &+= 2
        let size = try readSize(of: kind)
        let source = UnsafeRawBufferPointer(start: bytes + (try take(size)), count: size)
        // Making an empty one would write to the empty array that all threads share.
        guard size > 0 else { return unsafeBitCast([Element](), to: Elements.self) }
        let elements = [Element](unsafeUninitializedCapacity: size >> kind.sizeShift) { target, count in
            UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
            count = size >> kind.sizeShift
        }
        return unsafeBitCast(elements, to: Elements.self)
    }

    func readPackedKind() throws -> PackedKind {
        let kind = PackedKind(rawValue: try load(UInt8.self))
        guard kind.isKnown else { throw corrupted("An array has elements of an unknown kind.") }
        return kind
    }

    /// Reads the count of a packed array, and gives the bytes of its elements, which are there.
    func readSize(of kind: PackedKind) throws -> Int {
        let count = Int(try load(UInt32.self))
        let (size, overflow) = count.multipliedReportingOverflow(by: kind.elementSize)
        guard !overflow else { throw endsEarly() }
        try need(size)
        return size
    }

    private func readStrings() throws -> [String]? {
        guard offset < end, bytes[offset] == ValueTag.unkeyed else { return nil }
        offset &+= 1
        var strings: [String] = []
        while offset < end, bytes[offset] != ValueTag.end { strings.append(try readString()) }
        _ = try take(1)
        return strings
    }

    private func readDictionary<Value: Decodable>(_ type: Value.Type) throws -> [String: Value]? {
        guard offset < end, bytes[offset] == ValueTag.keyed else { return nil }
        offset &+= 1
        var dictionary: [String: Value] = [:]
        while offset < end, bytes[offset] != ValueTag.end {
            let key = try readKey()
            let name = try validText(key.offset, key.length)
            if offset < end, bytes[offset] == ValueTag.absent {
                offset &+= 1
            } else {
                dictionary[name] = try readValue(type, level: MessageLimits.depth)
            }
        }
        _ = try take(1)
        return dictionary
    }

    /// A collection that is a container. Where this way fails, the collection that reads itself says in which element.
    private func attempt<Collection, T>(_ level: Int, _ read: () throws -> Collection?) -> T? {
        let start = offset
        if level <= MessageLimits.depth, let collection = try? read() { return unsafeBitCast(collection, to: T.self) }
        offset = start
        return nil
    }

    private func readData<T>() throws -> T? {
        guard let dataType = shapes.dataType, let bytes = try readBytes() else { return nil }
        func make<Bytes: RangeReplaceableCollection<UInt8>>(_ type: Bytes.Type) -> T? { Bytes(bytes) as? T }
        return make(dataType)
    }
}
