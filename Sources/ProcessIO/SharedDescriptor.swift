import CShims
import Synchronization

/// A descriptor that several hold. It is closed when the last of them lets go of it, unless one has taken it.
package final class SharedDescriptor: Sendable {
    private let place: Atomic<Int32>

    package init(_ descriptor: consuming FileDescriptor) { place = Atomic(descriptor.release()) }

    deinit { _ = take() }

    /// For system calls, as long as this object is held; -1: it has been taken.
    package var number: Int32 { place.load(ordering: .acquiring) }

    /// The descriptor, for the first who asks; it is to be passed to nobody else then.
    package func take() -> FileDescriptor? {
        let number = place.exchange(-1, ordering: .acquiringAndReleasing)
        return number >= 0 ? FileDescriptor(owning: number) : nil
    }
}

/// The descriptors of one frame, in the order in which its body counts them.
package final class DescriptorGroup: Sendable, Equatable {
    package let all: [SharedDescriptor]

    /// The most that a group may have.
    package static let most = Int(AC_MOST_DESCRIPTORS)

    package init(_ all: [SharedDescriptor]) {
        precondition(!all.isEmpty && all.count <= Self.most, "a frame carries 1 to \(Self.most) descriptors")
        self.all = all
    }

    package static func == (left: DescriptorGroup, right: DescriptorGroup) -> Bool { left === right }
}

/// What a read has brought besides bytes.
package enum DescriptorArrival: Equatable, Sendable {
    case group(DescriptorGroup)
    /// There were some, but this process could not take them: it has as many as it may. They are closed.
    case lost

    private static let toBeLost = Atomic<Int>(0)

    /// The next arrivals in this process will be lost: for tests, because the system makes that happen to a whole process
    /// only, which cannot go on without any descriptor.
    package static func lose(_ count: Int) { toBeLost.store(count, ordering: .relaxed) }

    static var isLost: Bool {
        guard toBeLost.load(ordering: .relaxed) > 0 else { return false }
        return toBeLost.wrappingSubtract(1, ordering: .relaxed).oldValue > 0
    }
}
