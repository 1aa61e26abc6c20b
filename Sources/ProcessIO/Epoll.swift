#if os(Linux)
import CShims
import Glibc
import Synchronization

/// epoll(7), level-triggered, with an eventfd to wake it and a timerfd for the next moment: a wait with a timeout
/// would set a timer in the kernel and take it away again each time, where the next moment seldom changes.
package final class Epoll: Poller {
    private let epoll: FileDescriptor
    private let bell: FileDescriptor
    private let timer: FileDescriptor
    /// When the timer goes off; `max`: it is not set. Only whoever waits touches it, and only one thread at a time
    /// does.
    private let alarm = Atomic<Int64>(.max)
    private static let bellTag = UInt64.max
    private static let timerTag = UInt64.max - 1
    private static let mostEvents = 64

    package init() throws(SystemError) {
        epoll = FileDescriptor(owning: try checking("epoll_create1") { ac_epoll_create() })
        bell = FileDescriptor(owning: try checking("eventfd") { ac_eventfd() })
        timer = FileDescriptor(owning: try checking("timerfd_create") { ac_timerfd() })
        let (number, bellNumber, timerNumber) = (epoll.number, bell.number, timer.number)
        try checking("epoll_ctl") { ac_epoll_add(number, bellNumber, UInt32(AC_READABLE), Self.bellTag) }
        try checking("epoll_ctl") { ac_epoll_add(number, timerNumber, UInt32(AC_READABLE), Self.timerTag) }
    }

    package func add(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws(SystemError) {
        let number = epoll.number
        try checking("epoll_ctl") { ac_epoll_add(number, descriptor, UInt32(interest.rawValue), tag) }
    }

    package func change(_ descriptor: Int32, _ interest: Interest, tag: UInt64) throws(SystemError) {
        let number = epoll.number
        try checking("epoll_ctl") { ac_epoll_modify(number, descriptor, UInt32(interest.rawValue), tag) }
    }

    package func remove(_ descriptor: Int32) { ac_epoll_remove(epoll.number, descriptor) }

    package func wait(until moment: Instant?, into ready: inout [Readiness]) throws(SystemError) {
        ready.removeAll(keepingCapacity: true)
        let (number, timeout) = (epoll.number, try prepare(for: moment))
        let count = withUnsafeTemporaryAllocation(of: ac_epoll_event.self, capacity: Self.mostEvents) { events in
            let count = ac_epoll_wait(number, events.baseAddress, Int32(events.count), timeout)
            for index in 0..<max(0, Int(count)) { note(events[index], in: &ready) }
            return count
        }
        if count < 0 && errno != EINTR { throw .last("epoll_wait") }
    }

    /// Milliseconds to wait: none, or as long as it takes. A timer that goes off too early costs one turn, so it is
    /// set anew only for an earlier moment.
    private func prepare(for moment: Instant?) throws(SystemError) -> Int32 {
        guard let moment else { return -1 }
        guard moment > .zero else { return 0 }
        if moment.nanoseconds < alarm.load(ordering: .relaxed) {
            let number = timer.number
            try checking("timerfd_settime") { ac_timerfd_set(number, moment.nanoseconds) }
            alarm.store(moment.nanoseconds, ordering: .relaxed)
        }
        return -1
    }

    package func wake() {
        var one: UInt64 = 1
        write(bell.number, &one, 8)
    }

    private func note(_ event: ac_epoll_event, in ready: inout [Readiness]) {
        var count: UInt64 = 0
        if event.tag == Self.bellTag {
            read(bell.number, &count, 8)
            return
        }
        if event.tag == Self.timerTag {
            read(timer.number, &count, 8)
            return alarm.store(.max, ordering: .relaxed)
        }
        ready.append(Readiness(tag: event.tag, interest: Interest(rawValue: UInt8(truncatingIfNeeded: event.interest))))
    }
}

extension EventLoop {
    static func makePoller() throws(SystemError) -> any Poller { try Epoll() }
}
#endif
