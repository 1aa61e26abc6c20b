#if os(Linux)
import CShims
import Glibc

/// epoll(7), level-triggered, with an eventfd to wake it.
package final class Epoll: Poller {
    private let epoll: FileDescriptor
    private let bell: FileDescriptor
    private static let bellTag = UInt64.max
    private static let mostEvents = 64

    package init() throws(SystemError) {
        epoll = FileDescriptor(owning: try checking("epoll_create1") { ac_epoll_create() })
        bell = FileDescriptor(owning: try checking("eventfd") { ac_eventfd() })
        let (number, bellNumber) = (epoll.number, bell.number)
        try checking("epoll_ctl") { ac_epoll_add(number, bellNumber, UInt32(AC_READABLE), Self.bellTag) }
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
        let timeout = moment.map { max(0, ($0 - MonotonicClock.now).wholeNanoseconds) } ?? -1
        let number = epoll.number
        let count = withUnsafeTemporaryAllocation(of: ac_epoll_event.self, capacity: Self.mostEvents) { events in
            let count = ac_epoll_wait(number, events.baseAddress, Int32(events.count), timeout)
            for index in 0..<max(0, Int(count)) { note(events[index], in: &ready) }
            return count
        }
        if count < 0 && errno != EINTR { throw .last("epoll_wait") }
    }

    package func wake() {
        var one: UInt64 = 1
        write(bell.number, &one, 8)
    }

    private func note(_ event: ac_epoll_event, in ready: inout [Readiness]) {
        guard event.tag != Self.bellTag else {
            var count: UInt64 = 0
            read(bell.number, &count, 8)
            return
        }
        ready.append(Readiness(tag: event.tag, interest: Interest(rawValue: UInt8(truncatingIfNeeded: event.interest))))
    }
}

extension EventLoop {
    static func makePoller() throws(SystemError) -> any Poller { try Epoll() }
}
#endif
