/// One open container of a writer.
struct WriterFrame: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        /// Below all values.
        case sentinel
        case keyed
        case unkeyed
        /// An unkeyed container before its first element: it may still become `bytes`.
        case undecided
        /// An unkeyed container that was written as bytes and is complete.
        case bytes
        /// A super encoder that was not asked for a container yet.
        case superclass
    }

    var kind: Kind
    /// Unique within the coder: a container finds its frame by it.
    var serial: Int
    /// The key type whose shared container writes here.
    var type: UnsafeRawPointer?
    /// Elements of an unkeyed container.
    var count = 0
}

/// What the writer remembers of the value around the one it encodes.
struct WriterScope {
    let base: Int
    let start: Int
    let level: Int
    let top: Int
    let nextNumber: UInt32
}

extension MessageWriter {
    /// Opens a container in the innermost one, and gives its serial.
    @inline(__always)
    func openFrame(_ kind: WriterFrame.Kind, _ type: UnsafeRawPointer? = nil) -> Int {
        top &+= 1
        if top == frameCapacity { growFrames() }
        lastSerial &+= 1
        (frames + top).initialize(to: WriterFrame(kind: kind, serial: lastSerial, type: type))
        if kind == .keyed { append(ValueTag.keyed) }
        wrappers = 0
        return lastSerial
    }

    @inline(never)
    private func growFrames() {
        let larger = UnsafeMutablePointer<WriterFrame>.allocate(capacity: frameCapacity * 2)
        larger.moveInitialize(from: frames, count: frameCapacity)
        frames.deallocate()
        frames = larger
        frameCapacity *= 2
    }

    @inline(__always)
    func closeFrame() {
        switch frames[top].kind {
        case .keyed, .unkeyed: append(ValueTag.end)
        case .undecided:
            append(ValueTag.unkeyed)
            append(ValueTag.end)
        case .superclass: writeEmptyContainer()
        case .bytes, .sentinel: break
        }
        top &-= 1
    }

    /// The container that the value asked its encoder for. Asked again, it is the same one: a superclass may share it.
    @inline(__always)
    func valueFrame(_ kind: WriterFrame.Kind, _ type: UnsafeRawPointer? = nil) -> Int {
        if top < base {
            if count != start { useConflictingContainers() }
            return openFrame(kind, type)
        }
        if (frames[base].kind == .keyed) != (kind == .keyed) { useConflictingContainers() }
        return frames[base].serial
    }

    @inline(never)
    func useConflictingContainers() {
        isOutOfTurn = true
        if isPatient, failure == nil { failure = error("A value asked for two different kinds of container.") }
    }

    /// A container is about to write: closes what was nested in it.
    @inline(__always)
    func turn(to serial: Int) {
        if frames[top].serial != serial { climb { $0.serial == serial } }
    }

    /// The same for a key type's shared container, which writes to the innermost frame of that type.
    @inline(__always)
    func turn(toInnermost type: UnsafeRawPointer) {
        if frames[top].type != type { climb { $0.type == type } }
    }

    @inline(never)
    private func climb(_ isWanted: (WriterFrame) -> Bool) {
        var index = top
        while index >= base, !isWanted(frames[index]) { index -= 1 }
        guard index >= base else {
            isOutOfTurn = true
            return
        }
        while top > index { closeFrame() }
    }

    /// An unkeyed container is about to write an element; gives the number of elements with it.
    @inline(__always)
    func beginElement(_ serial: Int) -> Int {
        turn(to: serial)
        if frames[top].kind != .unkeyed { beginUnkeyed() }
        frames[top].count &+= 1
        return frames[top].count
    }

    @inline(never)
    private func beginUnkeyed() {
        guard frames[top].kind == .undecided else {
            isOutOfTurn = true
            return
        }
        frames[top].kind = .unkeyed
        append(ValueTag.unkeyed)
    }
}

// MARK: - Keys

extension MessageWriter {
    @inline(__always)
    func writeKey<Key: CodingKey>(_ key: Key, _ table: KeyTable) {
        guard table.hasNames, !isPatient else { return writePlainKey(key.stringValue) }
        let name = table.name(of: key)
        if name.pointee.generation == generation {
            writeKeyNumber(name.pointee.number)
        } else {
            introduceKey(name, key)
        }
    }

    @inline(__always)
    private func writeKeyNumber(_ number: UInt32) {
        if number < 0x80 {
            append(UInt8(truncatingIfNeeded: number))
        } else {
            reserve(3)
            put(KeyTag.number)
            put(UInt16(truncatingIfNeeded: number))
        }
    }

    @inline(__always)
    private func introduceKey<Key: CodingKey>(_ name: UnsafeMutablePointer<NumberedName>, _ key: Key) {
        let length = Int(name.pointee.length)
        guard length < ValueTag.shortLength, nextNumber < MessageLimits.numberedKeys else {
            return writePlainKey(key.stringValue)
        }
        name.pointee.generation = generation
        name.pointee.number = nextNumber
        nextNumber &+= 1
        reserve(1 &+ length)
        put(KeyTag.newKey | UInt8(truncatingIfNeeded: length))
        put(UnsafeRawPointer(name.pointee.text), length)
    }

    @inline(never)
    func writePlainKey(_ name: String) {
        var name = name
        name.withUTF8 { utf8 in
            let length = min(utf8.count, MessageLimits.length)
            if length < utf8.count { failKey() }
            reserve(length + 5)
            if length < 256 {
                put(KeyTag.plain)
                put(UInt8(truncatingIfNeeded: length))
            } else {
                put(KeyTag.longPlain)
                put(UInt32(truncatingIfNeeded: length))
            }
            put(UnsafeRawPointer(utf8.baseAddress), length)
        }
    }

    /// Nested containers cannot throw: the error is kept until the value ends, in the second attempt.
    private func failKey() {
        isOutOfTurn = true
        if isPatient, failure == nil { failure = error("A key is longer than \(MessageLimits.length) bytes.") }
    }
}
