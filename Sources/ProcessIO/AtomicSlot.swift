public import Synchronization

/// Room for one object that threads put in and take out without a lock. The object need not be `Sendable`: it belongs
/// to whoever has taken it, and the exchange orders what one owner did before what the next one does.
@usableFromInline package struct AtomicSlot<Object: AnyObject>: ~Copyable, Sendable {
    /// The object's address, retained; 0: empty.
    @usableFromInline let place = Atomic<UInt>(0)

    package init() {}

    deinit { _ = take() }

    /// Whoever gets the object is the only one.
    @inlinable @inline(__always)
    package borrowing func take() -> Object? {
        if place.load(ordering: .relaxed) == 0 { return nil }
        let address = place.exchange(0, ordering: .acquiring)
        return UnsafeRawPointer(bitPattern: address).map { Unmanaged<Object>.fromOpaque($0).takeRetainedValue() }
    }

    /// False: there is one already.
    @inlinable @inline(__always)
    package borrowing func put(_ object: Object) -> Bool {
        if place.load(ordering: .relaxed) != 0 { return false }
        let retained = Unmanaged.passRetained(object)
        let (isEmpty, _) = place.compareExchange(
            expected: 0, desired: UInt(bitPattern: retained.toOpaque()), ordering: .releasing)
        if !isEmpty { retained.release() }
        return isEmpty
    }
}

/// An object that is set once and read often, without a lock.
///
/// The standard library's `AtomicLazyReference` is the same, but looks its own type up at each use.
@usableFromInline package struct AtomicOnce<Object: AnyObject & Sendable>: ~Copyable, Sendable {
    /// The object's address, retained; 0: not set.
    @usableFromInline let place = Atomic<UInt>(0)

    package init() {}

    deinit { Self.object(at: place.load(ordering: .acquiring))?.release() }

    /// Returns what is there afterwards: the first object that was set.
    package borrowing func set(_ object: Object) -> Object {
        let retained = Unmanaged.passRetained(object)
        let (isFirst, there) = place.compareExchange(
            expected: 0, desired: UInt(bitPattern: retained.toOpaque()), ordering: .acquiringAndReleasing)
        if isFirst { return object }
        retained.release()
        return Self.object(at: there)?.takeUnretainedValue() ?? object
    }

    @inlinable @inline(__always)
    package var isSet: Bool { place.load(ordering: .acquiring) != 0 }

    @inlinable @inline(__always)
    package borrowing func load() -> Object? {
        Self.object(at: place.load(ordering: .acquiring))?.takeUnretainedValue()
    }

    @inlinable @inline(__always)
    static func object(at address: UInt) -> Unmanaged<Object>? {
        UnsafeRawPointer(bitPattern: address).map { Unmanaged.fromOpaque($0) }
    }
}
