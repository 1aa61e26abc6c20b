extension MessageWriter {
    @inline(__always)
    func reserve(_ more: Int) {
        if capacity &- count < more { grow(by: more) }
    }

    @inline(never)
    private func grow(by more: Int) {
        let newCapacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: newCapacity)
        larger.update(from: buffer, count: count)
        buffer.deallocate()
        buffer = larger
        capacity = newCapacity
    }

    @inline(__always)
    func append(_ byte: UInt8) {
        reserve(1)
        put(byte)
    }

    // The `put` functions are for after `reserve`.

    @inline(__always)
    func put(_ byte: UInt8) {
        buffer[count] = byte
        count &+= 1
    }

    @inline(__always)
    func put<Number: FixedWidthInteger>(_ number: Number) {
        UnsafeMutableRawPointer(buffer + count).storeBytes(of: number.littleEndian, as: Number.self)
        count &+= MemoryLayout<Number>.size
    }

    @inline(__always)
    func put(_ bytes: UnsafeRawPointer?, _ length: Int) {
        if let bytes, length > 0 {
            UnsafeMutableRawPointer(buffer + count).copyMemory(from: bytes, byteCount: length)
            count &+= length
        }
    }
}

// MARK: - Numbers

extension MessageWriter {
    @inline(__always)
    func writeInteger<Integer: FixedWidthInteger>(_ value: Integer) {
        reserve(17)
        if Integer.bitWidth > 64 {
            putWide(value)
        } else if Integer.isSigned {
            putSigned(Int64(truncatingIfNeeded: value))
        } else {
            putUnsigned(UInt64(truncatingIfNeeded: value))
        }
    }

    @inline(__always)
    private func putSigned(_ value: Int64) {
        if value >= 0 {
            putUnsigned(UInt64(bitPattern: value))
        } else if value >= -32 {
            put(UInt8(truncatingIfNeeded: value))
        } else {
            putMagnitude(UInt64(bitPattern: ~value), ValueTag.complement)
        }
    }

    @inline(__always)
    private func putUnsigned(_ value: UInt64) {
        if value < 0x80 {
            put(UInt8(truncatingIfNeeded: value))
        } else {
            putMagnitude(value, ValueTag.integer)
        }
    }

    /// As many bytes as it needs, by one store of eight.
    @inline(__always)
    private func putMagnitude(_ value: UInt64, _ tag: UInt8) {
        let lengthBelow = 7 &- value.leadingZeroBitCount &>> 3
        buffer[count] = tag &+ UInt8(truncatingIfNeeded: lengthBelow)
        UnsafeMutableRawPointer(buffer + count + 1).storeBytes(of: value.littleEndian, as: UInt64.self)
        count &+= lengthBelow &+ 2
    }

    @inline(never)
    private func putWide<Integer: FixedWidthInteger>(_ value: Integer) {
        if let unsigned = UInt64(exactly: value) {
            putUnsigned(unsigned)
        } else if let signed = Int64(exactly: value) {
            putSigned(signed)
        } else {
            put(Integer.isSigned ? ValueTag.int128 : ValueTag.uint128)
            put(value)
        }
    }

    @inline(__always)
    func writeDouble(_ value: Double) {
        reserve(9)
        put(ValueTag.double)
        put(value.bitPattern)
    }

    @inline(__always)
    func writeFloat(_ value: Float) {
        reserve(5)
        put(ValueTag.float)
        put(value.bitPattern)
    }

    @inline(__always)
    func writeBool(_ value: Bool) { append(value ? ValueTag.yes : ValueTag.no) }
}

// MARK: - Strings, bytes and arrays

extension MessageWriter {
    @inline(__always)
    func writeString(_ value: String) throws {
        var value = value
        let isWritten = value.withUTF8 { utf8 in
            guard utf8.count <= MessageLimits.length else { return false }
            reserve(utf8.count &+ 5)
            if utf8.count < ValueTag.shortLength {
                put(ValueTag.shortString | UInt8(truncatingIfNeeded: utf8.count))
            } else {
                put(ValueTag.string)
                put(UInt32(truncatingIfNeeded: utf8.count))
            }
            put(UnsafeRawPointer(utf8.baseAddress), utf8.count)
            return true
        }
        if !isWritten { throw tooLong("string") }
    }

    func writeBytes(_ bytes: [UInt8]) throws {
        if bytes.count >= MessageLimits.longArray, keepsLongArrays, !isPatient { return try keep(bytes) }
        try bytes.withUnsafeBytes(writeBytes)
    }

    func writeBytes(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count <= MessageLimits.length else { throw tooLong("byte array") }
        reserve(bytes.count &+ 5)
        put(ValueTag.bytes)
        put(UInt32(truncatingIfNeeded: bytes.count))
        put(bytes.baseAddress, bytes.count)
    }

    /// A collection whose type has this shape; if it throws, nothing is written.
    func writeCollection<T>(_ value: T, _ shape: TypeShape) throws {
        let start = count
        do {
            try putCollection(value, shape)
        } catch {
            count = start
            throw error
        }
    }

    private func putCollection<T>(_ value: T, _ shape: TypeShape) throws {
        switch shape {
        case .int8s: try writePacked(unsafeBitCast(value, to: [Int8].self), .int8)
        case .int16s: try writePacked(unsafeBitCast(value, to: [Int16].self), .int16)
        case .int32s: try writePacked(unsafeBitCast(value, to: [Int32].self), .int32)
        case .int64s: try writePacked(unsafeBitCast(value, to: [Int64].self), .int64)
        case .ints: try writePacked(unsafeBitCast(value, to: [Int].self), .int64)
        case .uint16s: try writePacked(unsafeBitCast(value, to: [UInt16].self), .uint16)
        case .uint32s: try writePacked(unsafeBitCast(value, to: [UInt32].self), .uint32)
        case .uint64s: try writePacked(unsafeBitCast(value, to: [UInt64].self), .uint64)
        case .uints: try writePacked(unsafeBitCast(value, to: [UInt].self), .uint64)
        case .floats: try writePacked(unsafeBitCast(value, to: [Float].self), .float)
        case .doubles: try writePacked(unsafeBitCast(value, to: [Double].self), .double)
        case .strings: try writeStrings(unsafeBitCast(value, to: [String].self))
        case .integersByText: try writeDictionary(unsafeBitCast(value, to: [String: Int].self))
        case .textsByText: try writeDictionary(unsafeBitCast(value, to: [String: String].self))
        case .ordinary, .data: throw error("A value of type \(T.self) has no encoding of its own.")
        }
    }

    private func writePacked<Element: BitwiseCopyable>(_ elements: [Element], _ kind: PackedKind) throws {
        try elements.withUnsafeBytes { bytes in
            guard elements.count <= MessageLimits.length else { throw tooLong("array") }
            reserve(bytes.count &+ 6)
            put(ValueTag.packed)
            put(kind.rawValue)
            put(UInt32(truncatingIfNeeded: elements.count))
            put(bytes.baseAddress, bytes.count)
        }
    }

    private func writeStrings(_ strings: [String]) throws {
        guard levelBelow <= MessageLimits.depth else { throw tooDeep() }
        append(ValueTag.unkeyed)
        for string in strings { try writeString(string) }
        append(ValueTag.end)
    }

    /// The same as the dictionary writes itself.
    private func writeDictionary<Value: Encodable>(_ dictionary: [String: Value]) throws {
        guard levelBelow <= MessageLimits.depth else { throw tooDeep() }
        append(ValueTag.keyed)
        for (key, value) in dictionary {
            writePlainKey(key)
            try writeValue(value)
        }
        append(ValueTag.end)
    }

    @inline(never)
    func tooLong(_ what: String) -> EncodingError {
        error("A \(what) is longer than \(MessageLimits.length) elements.")
    }
}
