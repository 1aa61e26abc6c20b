extension MessageReader {
    /// The path to the value that is being decoded.
    package var codingPath: [any CodingKey] { path(of: scope.owner, field: place(in: scope.owner)) }

    /// The path to a container.
    func path(of frame: Int) -> [any CodingKey] {
        guard frame > 0, frame <= top else { return [] }
        return path(of: frames[frame].parent, field: frames[frame].place)
    }

    /// The path to one field or element of a container, by the offset of its key or by its number.
    func path(of frame: Int, field: Int) -> [any CodingKey] {
        var keys: [any CodingKey] = []
        var (frame, field) = (frame, field)
        while frame > 0, frame <= top, keys.count < MessageLimits.depth {
            keys.append(frames[frame].kind == .keyed ? key(at: field) : WireKey(intValue: field))
            (frame, field) = (frames[frame].parent, frames[frame].place)
        }
        return keys.reversed()
    }

    /// The key at an offset, for a path: it is broken in a broken message, which must not cause the next error.
    private func key(at keyOffset: Int) -> WireKey {
        let (oldOffset, oldEnd) = (offset, end)
        defer { (offset, end) = (oldOffset, oldEnd) }
        guard keyOffset < end else { return WireKey(stringValue: "?") }
        let tag = bytes[keyOffset]
        offset = keyOffset &+ 1
        var name: (offset: Int, length: Int)?
        switch tag {
        case 0..<KeyTag.newKey: name = nameIfKnown(Int(tag))
        case KeyTag.newKey..<KeyTag.plain: name = (offset, Int(tag & 0x3F))
        case KeyTag.plain: name = (offset &+ 1, lengthIfThere(UInt8.self))
        case KeyTag.longPlain: name = (offset &+ 4, lengthIfThere(UInt32.self))
        case KeyTag.number: name = nameIfKnown(lengthIfThere(UInt16.self))
        default: name = nil
        }
        guard let name, name.offset <= end else { return WireKey(stringValue: "?") }
        let isName = tag != KeyTag.plain && tag != KeyTag.longPlain
        return WireKey(stringValue: text(name.offset, min(name.length, end - name.offset, 256)), isName: isName)
    }

    private func nameIfKnown(_ number: Int) -> (offset: Int, length: Int)? {
        number < names.count ? names[number] : nil
    }

    private func lengthIfThere<Number: FixedWidthInteger>(_ type: Number.Type) -> Int {
        guard end &- offset >= MemoryLayout<Number>.size else { return 0 }
        return Int(Number(littleEndian: UnsafeRawPointer(bytes + offset).loadUnaligned(as: Number.self)))
    }

    func text(_ offset: Int, _ length: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: bytes + offset, count: length), as: UTF8.self)
    }

    // MARK: Errors

    private func context(_ text: String) -> DecodingError.Context {
        Self.context(path(of: active, field: place(in: active)), text)
    }

    static func context(_ path: [any CodingKey], _ text: String) -> DecodingError.Context {
        .init(codingPath: path, debugDescription: text, underlyingError: CodersOwnWords())
    }

    @inline(never)
    func corrupted(_ text: String) -> DecodingError { .dataCorrupted(context(text)) }

    @inline(never)
    func endsEarly() -> DecodingError { corrupted("The message ends in the middle of a value.") }

    @inline(never)
    func tooDeep() -> DecodingError { corrupted("The message is nested deeper than \(MessageLimits.depth) levels.") }

    @inline(never)
    func doesNotFit(_ type: Any.Type) -> DecodingError { corrupted("The number does not fit \(type).") }

    @inline(never)
    func usedTooLate() -> DecodingError {
        .dataCorrupted(Self.context([], "A container was used after its value was decoded."))
    }

    @inline(never)
    func missing(_ key: any CodingKey, in frame: Int) -> DecodingError {
        .keyNotFound(key, Self.context(path(of: frame), "The message has no field \"\(key.stringValue)\"."))
    }

    @inline(never)
    func noMoreElements(_ type: Any.Type, in frame: Int) -> DecodingError {
        .valueNotFound(type, Self.context(path(of: frame), "The container has no more elements."))
    }

    @inline(never)
    func mismatch(_ type: Any.Type, at offset: Int) -> DecodingError {
        guard offset >= 0, offset < end else { return endsEarly() }
        let found = ValueTag.description(of: bytes[offset])
        let context = context("Expected \(type) but found \(found).")
        switch bytes[offset] {
        case ValueTag.null, ValueTag.absent, ValueTag.some: return .valueNotFound(type, context)
        default: return .typeMismatch(type, context)
        }
    }
}
