/// The name of one key, and its number if this message has given it one.
struct NumberedName {
    var text: UnsafeMutablePointer<UInt8>?
    var length: UInt32 = 0
    var number: UInt32 = 0
    /// The message in which `number` holds.
    var generation: UInt64 = 0
}

/// What a coder knows of one key type: its names, and the container that it uses for it.
///
/// The keys of a type of one byte or none, which all synthesised `CodingKeys` are, are told apart by that byte: their
/// names are asked for once. Keys of larger types (of dictionaries, for one) have no names here.
struct KeyTable: BitwiseCopyable {
    struct Contents {
        let type: UnsafeRawPointer
        /// The keys are one byte at most.
        let hasNames: Bool
        var names: UnsafeMutablePointer<NumberedName>
        var capacity: Int
        /// One container serves every value with this key type: making one costs more than writing a field.
        var container: AnyObject?
        /// Of a writer: the value (by the serial of its first frame) for which `container` was last nested.
        var nestingOwner = 0
    }

    let contents: UnsafeMutablePointer<Contents>

    init<Key: CodingKey>(_ type: Key.Type) {
        let hasNames = MemoryLayout<Key>.size <= 1
        let capacity = hasNames ? 16 : 0
        let names = UnsafeMutablePointer<NumberedName>.allocate(capacity: capacity)
        names.initialize(repeating: NumberedName(), count: capacity)
        contents = .allocate(capacity: 1)
        contents.initialize(
            to: Contents(type: address(of: type), hasNames: hasNames, names: names, capacity: capacity))
    }

    /// Frees the table; its coder is going.
    func destroy() {
        for index in 0..<contents.pointee.capacity { contents.pointee.names[index].text?.deallocate() }
        contents.pointee.names.deallocate()
        contents.deinitialize(count: 1)
        contents.deallocate()
    }

    @inline(__always) var type: UnsafeRawPointer { contents.pointee.type }
    @inline(__always) var hasNames: Bool { contents.pointee.hasNames }

    /// The entry of a key; only for types with names.
    @inline(__always)
    func name<Key: CodingKey>(of key: Key) -> UnsafeMutablePointer<NumberedName> {
        let index = MemoryLayout<Key>.size == 0 ? 0 : withUnsafeBytes(of: key) { Int($0[0]) }
        if index < contents.pointee.capacity {
            let entry = contents.pointee.names + index
            if entry.pointee.text != nil { return entry }
        }
        return addName(key.stringValue, at: index)
    }

    @inline(never)
    private func addName(_ name: String, at index: Int) -> UnsafeMutablePointer<NumberedName> {
        if index >= contents.pointee.capacity { growToAllBytes() }
        let entry = contents.pointee.names + index
        var name = name
        name.withUTF8 { utf8 in
            let text = UnsafeMutablePointer<UInt8>.allocate(capacity: utf8.count + 1)
            for (offset, byte) in utf8.enumerated() { text[offset] = byte }
            entry.pointee.text = text
            entry.pointee.length = UInt32(clamping: utf8.count)
        }
        return entry
    }

    private func growToAllBytes() {
        let (old, oldCapacity) = (contents.pointee.names, contents.pointee.capacity)
        let names = UnsafeMutablePointer<NumberedName>.allocate(capacity: 256)
        names.moveInitialize(from: old, count: oldCapacity)
        (names + oldCapacity).initialize(repeating: NumberedName(), count: 256 - oldCapacity)
        old.deallocate()
        contents.pointee.names = names
        contents.pointee.capacity = 256
    }

    /// The byte of the key that has this number in this message, if it is known and among the first of its type.
    func byte(numbered number: Int, generation: UInt64) -> UInt8? {
        for index in 0..<min(contents.pointee.capacity, 32) {
            let entry = contents.pointee.names[index]
            if entry.generation == generation, entry.number == number, entry.text != nil { return UInt8(index) }
        }
        return nil
    }

    /// Forgets the numbers from `first` on: the text that gave them was taken back.
    func forgetNumbers(from first: UInt32, generation: UInt64) {
        for index in 0..<contents.pointee.capacity {
            let entry = contents.pointee.names + index
            if entry.pointee.generation == generation, entry.pointee.number >= first { entry.pointee.generation = 0 }
        }
    }
}

/// The key types that a coder has met.
final class KeyTables {
    @exclusivity(unchecked) private var tables = AddressMap<KeyTable>()

    deinit { tables.forEach { $0.destroy() } }

    @inline(__always)
    func table<Key: CodingKey>(for type: Key.Type) -> KeyTable {
        if let table = tables[address(of: type)] { return table }
        return addTable(for: type)
    }

    @inline(never)
    private func addTable<Key: CodingKey>(for type: Key.Type) -> KeyTable {
        let table = KeyTable(type)
        tables.insert(table, at: table.type)
        return table
    }

    func forgetNumbers(from first: UInt32, generation: UInt64) {
        tables.forEach { $0.forgetNumbers(from: first, generation: generation) }
    }

    /// Lets the containers go, which refer back to their coder.
    func dropContainers() {
        tables.forEach { $0.contents.pointee.container = nil }
    }
}
