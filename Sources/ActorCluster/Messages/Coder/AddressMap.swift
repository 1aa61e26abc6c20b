/// A hash table from the address of a type's metadata to what a coder knows of the type.
///
/// It only grows, up to the types that the program has.
struct AddressMap<Value: BitwiseCopyable>: ~Copyable {
    private var addresses: UnsafeMutablePointer<UnsafeRawPointer?>
    private var values: UnsafeMutablePointer<Value>
    private var mask: UInt
    private(set) var count = 0

    init() {
        let capacity = 64
        addresses = .allocate(capacity: capacity)
        addresses.initialize(repeating: nil, count: capacity)
        values = .allocate(capacity: capacity)
        mask = UInt(capacity - 1)
    }

    deinit {
        addresses.deallocate()
        values.deallocate()
    }

    @inline(__always)
    subscript(address: UnsafeRawPointer) -> Value? {
        var slot = firstSlot(of: address)
        while let found = addresses[slot] {
            if found == address { return values[slot] }
            slot = nextSlot(after: slot)
        }
        return nil
    }

    mutating func insert(_ value: Value, at address: UnsafeRawPointer) {
        if UInt(count) * 2 > mask { grow() }
        put(value, at: address)
        count += 1
    }

    func forEach(_ body: (Value) -> Void) {
        for slot in 0...Int(mask) where addresses[slot] != nil { body(values[slot]) }
    }

    @inline(__always)
    private func firstSlot(of address: UnsafeRawPointer) -> Int {
        let bits = UInt(bitPattern: address) &>> 3  // metadata is aligned to a word
        return Int(bitPattern: (bits ^ (bits &>> 9)) & mask)
    }

    @inline(__always)
    private func nextSlot(after slot: Int) -> Int { (slot &+ 1) & Int(bitPattern: mask) }

    private func put(_ value: Value, at address: UnsafeRawPointer) {
        var slot = firstSlot(of: address)
        while addresses[slot] != nil { slot = nextSlot(after: slot) }
        addresses[slot] = address
        (values + slot).initialize(to: value)
    }

    private mutating func grow() {
        let (oldAddresses, oldValues, oldCapacity) = (addresses, values, Int(mask) + 1)
        addresses = .allocate(capacity: oldCapacity * 2)
        addresses.initialize(repeating: nil, count: oldCapacity * 2)
        values = .allocate(capacity: oldCapacity * 2)
        mask = UInt(oldCapacity * 2 - 1)
        for slot in 0..<oldCapacity {
            if let address = oldAddresses[slot] { put(oldValues[slot], at: address) }
        }
        oldAddresses.deallocate()
        oldValues.deallocate()
    }
}

/// The address of a type's metadata: unique, and valid as long as the process lives.
@inline(__always)
func address(of type: Any.Type) -> UnsafeRawPointer { unsafeBitCast(type, to: UnsafeRawPointer.self) }
