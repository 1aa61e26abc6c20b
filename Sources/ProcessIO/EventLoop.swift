import CShims
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Somebody who is told when a descriptor is ready. Called by the loop's leader; must not block.
package protocol ReadinessHandler: AnyObject, Sendable {
    func becameReady(_ interest: Interest)
    /// Reads what is there, if anything is. False: nothing was.
    func readAhead() -> Bool
}

extension ReadinessHandler {
    package func readAhead() -> Bool { false }
}

/// Somebody with bytes to write at the end of the turn. Called by the loop's leader; must not block.
package protocol Flushable: AnyObject, Sendable {
    func flush()
}

/// A call to an actor of this process that can be started. `start` may run code of the program.
package protocol Startable: AnyObject, Sendable {
    /// Calls with equal lanes start in the order they came.
    var lane: UInt64 { get }
    func start()
}

/// The process's one event loop, and the executor of its calls.
///
/// One thread leads: it waits for descriptors, timers and work from other threads, and runs the jobs of tasks that
/// prefer this executor, so that a call needs no other thread. Jobs are code of the program and may block. A watcher
/// notices that and makes another thread the leader, or leads itself without running jobs when all threads are inside
/// one: so pings are answered, cancellations passed on, workers replaced and the primary's death seen whatever the
/// program does.
@usableFromInline package final class EventLoop: TaskExecutor, Sendable {
    package typealias Work = @Sendable () -> Void
    package struct WatchID: Hashable, Sendable { let tag: UInt64 }
    package struct TimerID: Hashable, Sendable { let number: UInt64 }

    /// Something that may run code of the program.
    enum Entry {
        case job(UnownedJob)
        /// What a method does after a call, from `runInTurn`.
        case continuation(UnownedJob)
        case call(any Startable)
        /// The thread that lost the lead in this epoch's job has returned from it.
        case returned(epoch: UInt64)
    }

    /// What other threads hand in.
    struct Inbox {
        var entries: [Entry?] = []
        var work: [Work] = []
        var flushes: [any Flushable] = []
        /// The leader waits in the poller and does not know of what came since.
        var isAsleep = false

        var isEmpty: Bool { entries.isEmpty && work.isEmpty && flushes.isEmpty }
    }

    /// The leader's, while it turns.
    struct State {
        var ring = Ring<Entry>()
        var lanes = Lanes<Entry>()
        var arrays = TurnArrays()
        /// The watcher's count of looks when the sockets were last looked at.
        var ticks = 0
        var patience = Patience()
        var readAhead = ReadAhead()
        var watched: [UInt64: (descriptor: Int32, handler: any ReadinessHandler)] = [:]
        var timers = TimerHeap<UInt64>()
        var timerWork: [UInt64: Work] = [:]
        var lastNumber: UInt64 = 0
    }

    let poller: any Poller
    let inbox = Lock(Inbox())
    let state = LoopConfined(State())
    let leadership = Leadership(leader: 0)
    let threads: LoopThreads
    let watch = Watch()

    /// Whoever is waited for can run only when this process does not.
    let hasOneProcessor = availableProcessors == 1

    // Made once with the loop, which lives as long as the process; `readBuffer` hands it to the leader only.
    private nonisolated(unsafe) let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 256 << 10, alignment: 16)

    private init() throws(SystemError) {
        poller = try Self.makePoller()
        threads = LoopThreads(count: max(2, min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), Leadership.mostThreads - 1)))
    }

    // MARK: Any thread

    private static let made = Lock<EventLoop?>(nil)

    /// The loop of this process, started at the first call. Throws when the system has no descriptor or thread left.
    package static func shared() throws(SystemError) -> EventLoop {
        try made.withLock { made throws(SystemError) in
            if let made { return made }
            try occupyStandardDescriptors()
            let loop = try EventLoop()
            prepareToRunAtOnce()
            try startThread("ac-watch") { loop.watchForBlocking() }
            try startThread("ac-loop-0") { loop.runFirst() }
            made = loop
            return loop
        }
    }

    /// Puts `/dev/null` where descriptors 0 to 2 are closed: a socket with such a number would get what the program
    /// prints.
    private static func occupyStandardDescriptors() throws(SystemError) {
        while true {
            let number = try checking("open of /dev/null") { open("/dev/null", O_RDWR) }
            if number > 2 {
                close(number)
                return
            }
        }
    }

    /// Rises with each job that begins, and seldom otherwise.
    package var jobsBegun: UInt64 { leadership.now.epoch }

    /// Whether the caller is the leader and not inside a job, so that what is confined to the loop is its own.
    @usableFromInline package var isCurrent: Bool {
        let now = leadership.now
        return !now.isInJob && threads.isCurrent(now.leader)
    }

    /// Whether the caller is the leader, in a job or not: what it queues is looked at before the loop sleeps.
    package var isLeader: Bool { threads.isCurrent(leadership.now.leader) }

    /// How often the lead was taken from a thread that was stuck in a job.
    package var handOvers: Int { watch.handOvers.load(ordering: .relaxed) }

    /// Runs `work` on the loop, after everything handed in before.
    package func execute(_ work: @escaping Work) { post { $0.work.append(work) } }

    /// Flushes at the end of the turn, together with others.
    package func flushLater(_ flushable: any Flushable) { post { $0.flushes.append(flushable) } }

    @usableFromInline package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        post { $0.entries.append(.job(job)) }
    }

    func post(_ change: (inout Inbox) -> Void) {
        let mustWake = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { poller.wake() }
    }

    // MARK: The leader

    /// Starts a call once it is its lane's turn.
    package func start(_ call: any Startable) { state.with(self) { $0.ring.append(.call(call)) } }

    /// The same before any other that waits.
    package func startFirst(_ calls: [any Startable]) {
        state.with(self) { $0.ring.putBack(calls.map { .call($0) }) }
    }

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

    /// Where a handler may read to. The next handler overwrites it.
    package var readBuffer: UnsafeMutableRawBufferPointer {
        precondition(isCurrent, "only the event loop's leader may read")
        return scratch
    }

    /// Descriptors that are watched, and timers that are set.
    package var load: (watched: Int, timers: Int) { state.with(self) { ($0.watched.count, $0.timerWork.count) } }
}

/// A value that only the event loop's leader touches, outside jobs; each access checks that.
// @unchecked: `with` traps unless it runs on the leader's thread and not in a job. The lead changes hands only inside
// jobs, by an atomic word that orders what the old leader did before what the new one does, so no two accesses can
// overlap.
@usableFromInline package final class LoopConfined<Value>: @unchecked Sendable {
    #if DEBUG
    @usableFromInline var value: Value
    #else
    // Tests run with the checks.
    @exclusivity(unchecked) @usableFromInline var value: Value
    #endif

    package init(_ value: Value) { self.value = value }

    @inlinable @inline(__always)
    package func with<Result>(_ loop: EventLoop, _ body: (inout Value) throws -> Result) rethrows -> Result {
        precondition(loop.isCurrent, "only the event loop's leader may do this")
        return try body(&value)
    }
}
