#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The numbered keys of a message, as places in its bytes.
struct WireNames: ~Copyable {
    private var places: UnsafeMutablePointer<(offset: UInt32, length: UInt32)>
    private var capacity = 64
    private(set) var count = 0
    /// The offset after the last name.
    private(set) var end = 0

    init() { places = .allocate(capacity: capacity) }

    deinit { places.deallocate() }

    @inline(__always)
    subscript(number: Int) -> (offset: Int, length: Int) {
        (Int(places[number].offset), Int(places[number].length))
    }

    mutating func removeAll() {
        count = 0
        end = 0
    }

    /// The number of the new name at this offset, if it gets one. A name that is read again has its number already: its
    /// entry is not looked for, since a name comparison does as well.
    @inline(__always)
    mutating func add(_ offset: Int, _ length: Int) -> Int? {
        guard offset > end || count == 0, count < MessageLimits.numberedKeys else { return nil }
        if count == capacity { grow() }
        places[count] = (UInt32(truncatingIfNeeded: offset), UInt32(truncatingIfNeeded: length))
        end = offset &+ length
        count &+= 1
        return count &- 1
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<(offset: UInt32, length: UInt32)>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: places, count: capacity)
        places.deallocate()
        places = larger
        capacity *= 2
    }

    var isOversized: Bool { capacity * 8 > MessageLimits.idleBufferBytes }
}

/// The offsets of the fields' keys, for the frames that have to search.
struct FieldIndex: ~Copyable {
    private var offsets: UnsafeMutablePointer<UInt32>
    private var capacity = 64
    var count = 0

    init() { offsets = .allocate(capacity: capacity) }

    deinit { offsets.deallocate() }

    @inline(__always)
    subscript(position: Int) -> Int { Int(offsets[position]) }

    mutating func append(_ offset: Int) {
        if count == capacity {
            let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: offsets, count: capacity)
            offsets.deallocate()
            offsets = larger
            capacity *= 2
        }
        offsets[count] = UInt32(truncatingIfNeeded: offset)
        count += 1
    }

    var isOversized: Bool { capacity * 4 > MessageLimits.idleBufferBytes }
}

/// A key on the wire: its text, and its number if it has one.
struct WireKeyText {
    let offset: Int
    let length: Int
    let number: Int?
}

/// What became of a search for a field.
enum FieldPresence {
    case missing
    /// An optional field that holds nothing.
    case absent
    case present
}

extension MessageReader {
    /// Reads the key at the offset.
    @inline(__always)
    func readKey() throws -> WireKeyText {
        try need(1)
        let tag = bytes[offset]
        offset &+= 1
        if tag < 0x80 { return try numberedKey(Int(tag)) }
        if tag < KeyTag.plain {
            let length = Int(tag & 0x3F)
            let start = try take(length)
            return WireKeyText(offset: start, length: length, number: names.add(start, length))
        }
        return try readRareKey(tag)
    }

    @inline(__always)
    private func numberedKey(_ number: Int) throws -> WireKeyText {
        guard number < names.count else { throw corrupted("A key has a number that no key was given.") }
        let name = names[number]
        return WireKeyText(offset: name.offset, length: name.length, number: number)
    }

    @inline(never)
    private func readRareKey(_ tag: UInt8) throws -> WireKeyText {
        let length: Int
        switch tag {
        case KeyTag.number: return try numberedKey(Int(try load(UInt16.self)))
        case KeyTag.plain: length = Int(try load(UInt8.self))
        case KeyTag.longPlain: length = Int(try load(UInt32.self))
        default: throw corrupted("There is no key where a field begins.")
        }
        return WireKeyText(offset: try take(length), length: length, number: nil)
    }

    /// Whether the key at the offset is this one; then the offset is at its value.
    @inline(__always)
    private func match<Key: CodingKey>(_ key: Key, _ table: KeyTable) throws -> Bool {
        guard offset < end, bytes[offset] != ValueTag.end else { return false }
        guard table.hasNames else { return try matchText(key.stringValue) }
        let name = table.name(of: key)
        if name.pointee.generation == generation, name.pointee.number == bytes[offset], bytes[offset] < 0x80 {
            offset &+= 1
            return true
        }
        let found = try readKey()
        guard found.length == Int(name.pointee.length), let text = name.pointee.text,
            memcmp(bytes + found.offset, text, found.length) == 0
        else { return false }
        if let number = found.number {
            name.pointee.generation = generation
            name.pointee.number = UInt32(truncatingIfNeeded: number)
        }
        return true
    }

    @inline(never)
    private func matchText(_ key: String) throws -> Bool {
        let found = try readKey()
        var key = key
        return key.withUTF8 { utf8 in
            guard utf8.count == found.length, let text = utf8.baseAddress else { return utf8.count == found.length }
            return memcmp(text, bytes + found.offset, found.length) == 0
        }
    }

    /// Looks for a field, nearly always the next one; if it is there, the offset is at its value.
    @inline(__always)
    func find<Key: CodingKey>(_ key: Key, _ table: KeyTable, _ frame: Int) throws -> FieldPresence {
        active = frame
        offset = frames[frame].cursor
        if try match(key, table) { return try presence() }
        return try search(key, table, frame)
    }

    @inline(__always)
    private func presence() throws -> FieldPresence {
        try need(1)
        return bytes[offset] == ValueTag.absent ? .absent : .present
    }

    /// Steps over one field, and then searches them all.
    @inline(never)
    private func search<Key: CodingKey>(_ key: Key, _ table: KeyTable, _ frame: Int) throws -> FieldPresence {
        if frames[frame].indexStart < 0 {
            if try matchesAfterNext(key, table, frame) { return try presence() }
            try makeIndex(of: frame)
        }
        return try searchIndex(key, table, frame)
    }

    /// From the last find on, and around: fields that are taken in order, with some left out, cost one pass in all.
    private func searchIndex<Key: CodingKey>(_ key: Key, _ table: KeyTable, _ frame: Int) throws -> FieldPresence {
        let (first, count) = (frames[frame].indexStart, frames[frame].count)
        var field = frames[frame].nextField
        for _ in 0..<count {
            if field >= count { field = 0 }
            let start = fieldIndex[first &+ field]
            field &+= 1
            offset = start
            if try match(key, table) {
                frames[frame].cursor = start
                frames[frame].nextField = field
                return try presence()
            }
        }
        return .missing
    }

    private func matchesAfterNext<Key: CodingKey>(_ key: Key, _ table: KeyTable, _ frame: Int) throws -> Bool {
        offset = frames[frame].cursor
        guard offset < end, bytes[offset] != ValueTag.end else { return false }
        _ = try readKey()
        try skipValue(insideLevel: frames[frame].level)
        let next = offset
        guard try match(key, table) else { return false }
        frames[frame].cursor = next
        return true
    }

    private func makeIndex(of frame: Int) throws {
        let first = fieldIndex.count
        offset = frames[frame].start &+ 1
        while true {
            try need(1)
            if bytes[offset] == ValueTag.end { break }
            fieldIndex.append(offset)
            _ = try readKey()
            try skipValue(insideLevel: frames[frame].level)
        }
        frames[frame].indexStart = first
        frames[frame].count = fieldIndex.count - first
        frames[frame].end = offset &+ 1
    }

    /// For a field that must be there.
    @inline(__always)
    func seek<Key: CodingKey>(_ key: Key, _ table: KeyTable, _ frame: Int) throws {
        if try find(key, table, frame) != .present { throw missing(key, in: frame) }
    }

    /// For a field that may be absent, in which case it is stepped over.
    @inline(__always)
    func seekIfPresent<Key: CodingKey>(_ key: Key, _ table: KeyTable, _ frame: Int) throws -> Bool {
        switch try find(key, table, frame) {
        case .present: return true
        case .missing: return false
        case .absent:
            offset &+= 1
            advance(frame)
            return false
        }
    }

    /// The field or element before the offset is read.
    @inline(__always)
    func advance(_ frame: Int) { frames[frame].cursor = offset }
}
