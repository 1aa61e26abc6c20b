import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Somebody who is told when a descriptor is ready. Called on the event loop's thread; must not block.
package protocol ReadinessHandler: AnyObject, Sendable {
    func becameReady(_ interest: Interest)
}

/// The process's one event loop: a thread that waits for descriptors, timers and work from other threads.
///
/// It never runs user code and never blocks elsewhere than in the poller, so it answers pings, passes cancellations on,
/// replaces workers and sees the primary die however busy the program's own threads are.
package final class EventLoop: Sendable {
    package typealias Work = @Sendable () -> Void
    package struct WatchID: Hashable, Sendable { fileprivate let tag: UInt64 }
    package struct TimerID: Hashable, Sendable { fileprivate let number: UInt64 }

    private struct Inbox {
        var work: [Work] = []
        var isAsleep = false
    }

    private struct State {
        var watched: [UInt64: (descriptor: Int32, handler: any ReadinessHandler)] = [:]
        var timers = TimerHeap<UInt64>()
        var timerWork: [UInt64: Work] = [:]
        var lastNumber: UInt64 = 0
    }

    private let poller: any Poller
    private let inbox = Lock(Inbox())
    private let state = LoopConfined(State())
    private let thread = Atomic<UInt>(0)

    // Made once with the loop, which lives as long as the process; `readBuffer` hands it to the loop's thread only.
    private nonisolated(unsafe) let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 256 << 10, alignment: 16)

    private init() throws(SystemError) { poller = try Self.makePoller() }

    // MARK: Any thread

    private static let made = Lock<EventLoop?>(nil)

    /// The loop of this process, started at the first call. Throws when the system has no descriptor or thread left.
    package static func shared() throws(SystemError) -> EventLoop {
        try made.withLock { made throws(SystemError) in
            if let made { return made }
            try occupyStandardDescriptors()
            let loop = try EventLoop()
            try startThread("ac-loop") { loop.run() }
            made = loop
            return loop
        }
    }

    /// Puts `/dev/null` where descriptors 0 to 2 are closed: a socket with such a number would get what the program prints.
    private static func occupyStandardDescriptors() throws(SystemError) {
        while true {
            let number = try checking("open of /dev/null") { open("/dev/null", O_RDWR) }
            if number > 2 {
                close(number)
                return
            }
        }
    }

    /// Whether the caller is the loop's thread.
    package var isCurrent: Bool { thread.load(ordering: .relaxed) == Self.currentThread }

    /// Runs `work` on the loop, after everything handed in before.
    package func execute(_ work: @escaping Work) {
        let mustWake = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { poller.wake() }
    }

    // MARK: The loop's own thread

    /// Watches a descriptor until `unwatch`; the handler is kept alive so long.
    package func watch(
        _ descriptor: Int32, for interest: Interest, _ handler: any ReadinessHandler
    ) throws(SystemError) -> WatchID {
        let tag = nextNumber()
        try poller.add(descriptor, interest, tag: tag)
        state.with(self) { $0.watched[tag] = (descriptor, handler) }
        return WatchID(tag: tag)
    }

    package func change(_ watch: WatchID, to interest: Interest) throws(SystemError) {
        guard let descriptor = state.with(self, { $0.watched[watch.tag]?.descriptor }) else { return }
        try poller.change(descriptor, interest, tag: watch.tag)
    }

    package func unwatch(_ watch: WatchID) {
        guard let entry = state.with(self, { $0.watched.removeValue(forKey: watch.tag) }) else { return }
        poller.remove(entry.descriptor)
    }

    /// Runs `work` on the loop once the moment has come, unless it is cancelled before.
    package func schedule(at moment: Instant, _ work: @escaping Work) -> TimerID {
        let number = nextNumber()
        state.with(self) { state in
            state.timers.insert(number, at: moment)
            state.timerWork[number] = work
        }
        return TimerID(number: number)
    }

    package func cancel(_ timer: TimerID) {
        state.with(self) { state in
            guard state.timerWork.removeValue(forKey: timer.number) != nil else { return }
            let work = state.timerWork
            state.timers.compact(live: work.count) { work[$0] == nil }
        }
    }

    /// Where a handler may read to. The next handler overwrites it.
    package var readBuffer: UnsafeMutableRawBufferPointer {
        precondition(isCurrent, "only the event loop's thread may read")
        return scratch
    }

    // MARK: Turning

    private func run() {
        thread.store(Self.currentThread, ordering: .relaxed)
        var ready: [Readiness] = []
        while true {
            do {
                try poller.wait(until: nextWakeUp(), into: &ready)
            } catch {
                preconditionFailure("the event loop cannot wait: \(error)")
            }
            inbox.withLock { $0.isAsleep = false }
            for event in ready {
                state.with(self) { $0.watched[event.tag]?.handler }?.becameReady(event.interest)
            }
            runTimers()
            runInbox()
        }
    }

    /// `nil`: sleep until something happens.
    private func nextWakeUp() -> Instant? {
        let hasWork = inbox.withLock { inbox in
            inbox.isAsleep = inbox.work.isEmpty
            return !inbox.isAsleep
        }
        if hasWork { return .zero }
        return state.with(self) { state in
            let work = state.timerWork
            state.timers.dropStale { work[$0] == nil }
            return state.timers.next
        }
    }

    private func runTimers() {
        let now = MonotonicClock.now
        while let number = state.with(self, { $0.timers.popExpired(at: now) }) {
            state.with(self) { $0.timerWork.removeValue(forKey: number) }?()
        }
    }

    private func runInbox() {
        let work = inbox.withLock { inbox in
            defer { inbox.work = [] }
            return inbox.work
        }
        for item in work { item() }
    }

    private func nextNumber() -> UInt64 {
        state.with(self) { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }

    private static var currentThread: UInt {
        #if canImport(Glibc)
        UInt(pthread_self())
        #else
        UInt(bitPattern: pthread_self())
        #endif
    }
}

/// A value that only the event loop's thread touches; each access checks that it does.
// @unchecked: `with` traps unless it runs on the one thread of `loop`, so no two accesses can overlap.
package final class LoopConfined<Value>: @unchecked Sendable {
    private var value: Value

    package init(_ value: Value) { self.value = value }

    package func with<Result>(_ loop: EventLoop, _ body: (inout Value) throws -> Result) rethrows -> Result {
        precondition(loop.isCurrent, "only the event loop's thread may do this")
        return try body(&value)
    }
}
