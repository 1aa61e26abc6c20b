/// A dictionary for numbers above 0: those that this program gives out itself, addresses, and a peer's numbers of its
/// calls. Only the last can be chosen so that they collide, and there are never more than `Limits.callsInFlight` of
/// them. A multiplication spreads them (Knuth, The Art of Computer Programming, volume 3, section 6.4).
///
/// Open addressing; a removal moves later entries up, so that nothing is left behind by what has come and gone.
package struct NumberTable<Value> {
    /// 0: free.
    private var numbers: [UInt64] = [UInt64](repeating: 0, count: 16)
    private var values: [Value?] = [Value?](repeating: nil, count: 16)
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// The numbers in it, in no order.
    package var keys: [UInt64] { numbers.filter { $0 != 0 } }

    /// In no order.
    package var all: [Value] { values.compactMap { $0 } }

    package subscript(number: UInt64) -> Value? {
        guard let place = find(number) else { return nil }
        return values[place]
    }

    package func contains(_ number: UInt64) -> Bool { find(number) != nil }

    /// Number 0 cannot be in it.
    package mutating func insert(_ number: UInt64, _ value: consuming Value) {
        precondition(number > 0)
        if let place = find(number) {
            values[place] = value
            return
        }
        if 2 * (count + 1) > numbers.count { grow() }
        put(number, value)
        count += 1
    }

    @discardableResult
    package mutating func remove(_ number: UInt64) -> Value? {
        guard let place = find(number) else { return nil }
        let value = values[place].take()
        count -= 1
        closeGap(at: place)
        return value
    }

    /// Changes a value where it is; nothing happens if it is not there.
    package mutating func update(_ number: UInt64, _ change: (inout Value) -> Void) {
        guard let place = find(number), var value = values[place].take() else { return }
        change(&value)
        values[place] = value
    }

    package func forEach(_ body: (UInt64, Value) -> Void) {
        for place in numbers.indices {
            if let value = values[place] { body(numbers[place], value) }
        }
    }

    private var mask: Int { numbers.count - 1 }

    /// Without the multiplication numbers in a row would lie in a row, and a removal would look at all that follow.
    private func home(_ number: UInt64) -> Int {
        Int(truncatingIfNeeded: (number &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    private func find(_ number: UInt64) -> Int? {
        var place = home(number)
        while numbers[place] != number {
            if numbers[place] == 0 { return nil }
            place = (place + 1) & mask
        }
        return number == 0 ? nil : place
    }

    private mutating func put(_ number: UInt64, _ value: consuming Value?) {
        var place = home(number)
        while numbers[place] != 0 { place = (place + 1) & mask }
        (numbers[place], values[place]) = (number, value)
    }

    /// Entries behind a gap move into it unless that would put them before their home.
    private mutating func closeGap(at start: Int) {
        var (gap, place) = (start, (start + 1) & mask)
        while numbers[place] != 0 {
            let distance = (place - home(numbers[place])) & mask
            if distance >= (place - gap) & mask {
                numbers[gap] = numbers[place]
                values.swapAt(gap, place)
                gap = place
            }
            place = (place + 1) & mask
        }
        (numbers[gap], values[gap]) = (0, nil)
    }

    private mutating func grow() {
        let old = (numbers, values)
        numbers = [UInt64](repeating: 0, count: 2 * old.0.count)
        values = [Value?](repeating: nil, count: 2 * old.0.count)
        for (number, value) in zip(old.0, old.1) where number != 0 { put(number, value) }
    }
}

extension NumberTable: Sendable where Value: Sendable {}
