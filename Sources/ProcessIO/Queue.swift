/// First in, first out. What has been taken is let go of at once; the rest moves up when more than half of the places
/// are empty.
@usableFromInline package struct Queue<Element> {
    /// Those before `head` are gone.
    @usableFromInline var places: [Element?] = []
    @usableFromInline var head = 0

    @inlinable package init() {}

    @inlinable package var count: Int { places.count - head }
    @inlinable package var isEmpty: Bool { head == places.count }
    @inlinable package var first: Element? { isEmpty ? nil : places[head] }
    /// The oldest first.
    @inlinable package var all: some Sequence<Element> { places[head...].lazy.compactMap { $0 } }

    /// Counted from the oldest; there must be so many.
    @inlinable package subscript(offset: Int) -> Element? { places[head + offset] }

    @inlinable package mutating func append(_ element: Element) { places.append(element) }

    @inlinable package mutating func replace(at offset: Int, with element: Element) { places[head + offset] = element }

    /// The oldest; `nil`: it is empty.
    @discardableResult
    @inlinable package mutating func removeFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = places[head]
        places[head] = nil
        head += 1
        if isEmpty {
            places.removeAll(keepingCapacity: head < 64)
            head = 0
        } else if head > 64, head > places.count / 2 {
            places.removeFirst(head)
            head = 0
        }
        return element
    }

    /// True: there were some.
    @discardableResult
    @inlinable package mutating func removeAll(where isUnwanted: (Element) -> Bool) -> Bool {
        let before = count
        places.removeAll { $0.map(isUnwanted) ?? false }
        return count < before
    }
}

extension Queue: Sendable where Element: Sendable {}
extension Queue: Equatable where Element: Equatable {
    @inlinable package static func == (left: Queue, right: Queue) -> Bool { left.all.elementsEqual(right.all) }
}
