/// One container of a reader.
struct ReaderFrame: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable {
        /// Below all values.
        case sentinel
        case keyed
        case unkeyed
        /// Bytes or a packed array of numbers, read as a container.
        case packed
    }

    var kind: Kind
    /// The elements of a packed frame.
    var elementKind = PackedKind.uint8
    /// Unique within the coder: a container knows its frame again by it.
    var serial: Int
    /// The key type whose shared container reads here.
    var type: UnsafeRawPointer?
    /// The offset of the container's tag.
    var start: Int
    /// The offset of the next key or element.
    var cursor: Int
    /// The offset after the container, where known; otherwise −1.
    var end = -1
    /// Keyed: the number of fields in the index. Otherwise: the number of elements read.
    var count = 0
    /// Keyed: where its index begins, if it has one; otherwise −1.
    var indexStart = -1
    /// Keyed: the field of the index at which the next search begins.
    var nextField = 0
    /// How deep the container lies.
    var level: Int
    /// The frame that contains this one, and there the offset of its key or its element number.
    var parent: Int
    var place: Int

    static var sentinel: ReaderFrame {
        ReaderFrame(kind: .sentinel, serial: 0, type: nil, start: -1, cursor: 0, level: 0, parent: 0, place: 0)
    }
}

/// The value that a reader decodes.
struct ReaderScope: BitwiseCopyable {
    /// The offset of its tag.
    var start = -1
    /// Its first frame.
    var base = 1
    var level = 0
    /// The frame that it is an element or a field of.
    var owner = 0
}

/// Where a container of the message begins, and what it is part of.
struct ReaderPlace {
    let start: Int
    let level: Int
    let parent: Int
    let place: Int
}

extension MessageReader {
    /// The value itself as a container.
    @inline(__always)
    var valuePlace: ReaderPlace {
        ReaderPlace(start: scope.start, level: scope.level, parent: scope.owner, place: place(in: scope.owner))
    }

    /// A container at the current offset, nested by hand into this frame.
    @inline(__always)
    func nestedPlace(in frame: Int) -> ReaderPlace {
        ReaderPlace(start: offset, level: frames[frame].level &+ 1, parent: frame, place: place(in: frame))
    }

    /// Which of a frame's fields or elements is being read: the offset of its key, or its number.
    @inline(__always)
    func place(in frame: Int) -> Int { frames[frame].kind == .keyed ? frames[frame].cursor : frames[frame].count }

    @inline(__always)
    private func push(_ kind: ReaderFrame.Kind, _ place: ReaderPlace) -> Int {
        top &+= 1
        if top == frameCapacity { growFrames() }
        lastSerial &+= 1
        let frame = ReaderFrame(
            kind: kind, serial: lastSerial, type: nil, start: place.start, cursor: place.start &+ 1, level: place.level,
            parent: place.parent, place: place.place)
        (frames + top).initialize(to: frame)
        return top
    }

    @inline(never)
    private func growFrames() {
        let larger = UnsafeMutablePointer<ReaderFrame>.allocate(capacity: frameCapacity * 2)
        larger.moveInitialize(from: frames, count: frameCapacity)
        frames.deallocate()
        frames = larger
        frameCapacity *= 2
    }

    @inline(__always)
    private func check(_ place: ReaderPlace, _ expected: Any.Type) throws {
        active = min(place.parent, top)
        guard place.start >= 0, place.start < end else { throw mismatch(expected, at: place.start) }
        guard place.level <= MessageLimits.depth else { throw tooDeep() }
    }

    // MARK: Keyed

    @inline(__always)
    func keyedContainer<Key: CodingKey>(_ type: Key.Type, _ place: ReaderPlace) throws -> KeyedDecodingContainer<Key> {
        try check(place, [String: Any].self)
        guard bytes[place.start] == ValueTag.keyed else { throw mismatch([String: Any].self, at: place.start) }
        let table = keyTables.table(for: type)
        let frame = keyedFrame(table.type, place)
        return frames[frame].type == table.type
            ? sharedContainer(table) : pinnedContainer(table, frame, frames[frame].serial)
    }

    /// The frame of this container. Within one value only one frame belongs to the shared container of a key type;
    /// asked twice for the same container, it is the same frame.
    @inline(__always)
    private func keyedFrame(_ type: UnsafeRawPointer, _ place: ReaderPlace) -> Int {
        guard top &- scope.base < Self.searchedFrames else { return push(.keyed, place) }
        var index = top
        while index >= scope.base {
            if frames[index].type == type {
                return frames[index].start == place.start ? index : push(.keyed, place)
            }
            index &-= 1
        }
        let frame = push(.keyed, place)
        frames[frame].type = type
        return frame
    }

    /// The frame that a shared container reads: the innermost of its key type.
    @inline(__always)
    func innermostFrame(_ type: UnsafeRawPointer) throws -> Int {
        frames[top].type == type ? top : try searchInnermostFrame(type)
    }

    @inline(never)
    private func searchInnermostFrame(_ type: UnsafeRawPointer) throws -> Int {
        var index = min(top, scope.base &+ Self.searchedFrames)
        while index > 0 {
            if frames[index].type == type { return index }
            index &-= 1
        }
        throw usedTooLate()
    }

    /// Only the first frames of a value belong to shared containers, so that a value with very many is not searched.
    private static var searchedFrames: Int { 8 }

    @inline(__always)
    func isLive(_ frame: Int, _ serial: Int) -> Bool { frame <= top && frames[frame].serial == serial }

    // MARK: Unkeyed

    @inline(__always)
    func unkeyedReader(_ place: ReaderPlace) throws -> UnkeyedReader {
        try check(place, [Any].self)
        let frame: Int
        switch bytes[place.start] {
        case ValueTag.unkeyed: frame = push(.unkeyed, place)
        case ValueTag.bytes, ValueTag.packed: frame = try packedFrame(place)
        default: throw mismatch([Any].self, at: place.start)
        }
        return UnkeyedReader(reader: self, frame: frame, serial: lastSerial)
    }

    private func packedFrame(_ place: ReaderPlace) throws -> Int {
        let outerOffset = offset
        defer { offset = outerOffset }
        offset = place.start &+ 1
        let kind = bytes[place.start] == ValueTag.bytes ? .uint8 : try readPackedKind()
        let size = try readSize(of: kind)
        let frame = push(.packed, place)
        frames[frame].cursor = offset
        frames[frame].end = offset &+ size
        frames[frame].elementKind = kind
        return frame
    }
}
