import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension EventLoop {
    /// The first leader's thread.
    func runFirst() {
        threads.enter(0)
        watch.arm()
        lead(as: 0)
        serve(0)
    }

    /// A job thread's life: leads when it is told to, until it loses the lead.
    func serve(_ number: Int) {
        while true {
            threads.rest(number)
            // A watcher that leads for want of a thread does not look at the idle ones until something happens.
            if leadership.now.leader == threads.watcher { poller.wake() }
            threads.wait(number)
            lead(as: number)
        }
    }

    /// Runs jobs and turns until the lead is lost inside a job.
    private func lead(as number: Int) {
        state.with(self) { $0.lanes.leadWasLost() }
        let executor = asUnownedTaskExecutor()
        while true {
            // After a tick the sockets come first, or they would starve behind jobs that make others ready.
            while !hasTicked(), let entry = nextEntry() {
                guard run(entry, executor) else { return }
            }
            turn(mayRunJobs: true)
        }
    }

    private func nextEntry() -> Entry? {
        state.with(self) { state in
            if state.ring.isEmpty { inbox.withLock { state.ring.take(&$0.entries) } }
            while let entry = state.ring.next() {
                switch entry {
                case .returned(let epoch): state.ring.putBack(state.lanes.returned(epoch))
                case .call(let call) where state.lanes.park(entry, call.lane): continue
                default: return entry
                }
            }
            return nil
        }
    }

    private func hasTicked() -> Bool {
        let ticks = watch.ticks.load(ordering: .relaxed)
        return state.with(self) { state in
            defer { state.ticks = ticks }
            return state.ticks != ticks
        }
    }

    /// False: the lead was lost meanwhile.
    private func run(_ entry: Entry, _ executor: UnownedTaskExecutor) -> Bool {
        switch entry {
        case .job(let job):
            let held = leadership.beginJob()
            job.runSynchronously(on: executor)
            return leadership.endJob(held)
        case .continuation(let job):
            let held = leadership.beginJob()
            runCaptured(job)
            return leadership.endJob(held)
        case .call(let call): return start(call, inLane: call.lane)
        case .returned: return true
        }
    }

    private func start(_ call: any Startable, inLane lane: UInt64) -> Bool {
        let epoch = leadership.now.nextEpoch
        state.with(self) { $0.lanes.begin(lane, epoch: epoch) }
        let held = leadership.beginJob()
        call.start()
        guard leadership.endJob(held) else {
            post { $0.entries.append(.returned(epoch: epoch)) }
            return false
        }
        state.with(self) { $0.lanes.end() }
        return true
    }

    // MARK: Turning

    /// Does what others handed in, writes what was queued, then waits for something to happen and tells the handlers.
    func turn(mayRunJobs: Bool) {
        // The arrays go round, so that a turn allocates nothing.
        var arrays = state.with(self) { state in
            var taken = TurnArrays()
            swap(&taken, &state.arrays)
            return taken
        }
        runInbox(&arrays)
        wait(mayRunJobs: mayRunJobs, into: &arrays.ready)
        for event in arrays.ready {
            state.with(self) { $0.watched[event.tag]?.handler }?.becameReady(event.interest)
        }
        arrays.ready.removeAll(keepingCapacity: true)
        state.with(self) { swap(&arrays, &$0.arrays) }
        runTimers()
    }

    private func runInbox(_ arrays: inout TurnArrays) {
        state.with(self) { state in
            inbox.withLock { inbox in
                if !inbox.entries.isEmpty { state.ring.take(&inbox.entries) }
                swap(&arrays.work, &inbox.work)
                swap(&arrays.flushes, &inbox.flushes)
            }
        }
        if !arrays.work.isEmpty {
            for item in arrays.work { item() }
            arrays.work.removeAll(keepingCapacity: true)
            // What that has queued leaves in this turn, too.
            inbox.withLock { inbox in
                arrays.flushes += inbox.flushes
                inbox.flushes.removeAll(keepingCapacity: true)
            }
        }
        for peer in arrays.flushes { peer.flush() }
        arrays.flushes.removeAll(keepingCapacity: true)
    }

    private func wait(mayRunJobs: Bool, into ready: inout [Readiness]) {
        let hasJobs = mayRunJobs && state.with(self) { !$0.ring.isEmpty }
        let next = nextTimer()
        if mayRunJobs, !hasJobs, lookOut(until: next, into: &ready) { return }
        let mustLook = inbox.withLock { inbox in
            inbox.isAsleep = !hasJobs && inbox.isEmpty
            return !inbox.isAsleep
        }
        if mustLook { return poll(until: .zero, into: &ready) }
        leadership.enter(.asleep)
        poll(until: next, into: &ready)
        leadership.enter(.turning)
        watch.arm()
        inbox.withLock { $0.isAsleep = false }
    }

    /// Looks again and again for a moment before sleeping, as long as that pays. True: there is something to do.
    private func lookOut(until limit: Instant?, into ready: inout [Readiness]) -> Bool {
        guard state.with(self, { $0.patience.mayWatch() }) else { return false }
        var vigil = Vigil(at: MonotonicClock.now, limit: limit, yields: hasOneProcessor)
        while true {
            if hasOneProcessor { sched_yield() }
            let hasRead = readAhead()
            if !hasRead { poll(until: .zero, into: &ready) }
            let hasFound = hasRead || !ready.isEmpty || inbox.withLock { !$0.isEmpty }
            guard let outcome = vigil.looked(hasFound: hasFound, at: MonotonicClock.now) else { continue }
            state.with(self) { $0.patience.watched(outcome) }
            return hasFound
        }
    }

    private func readAhead() -> Bool {
        let expected = state.with(self) { state in state.readAhead.next().flatMap { state.watched[$0]?.handler } }
        guard let expected else { return false }
        if expected.readAhead() { return true }
        state.with(self) { $0.readAhead.missed() }
        return false
    }

    private func poll(until moment: Instant?, into ready: inout [Readiness]) {
        do {
            try poller.wait(until: moment, into: &ready)
        } catch {
            preconditionFailure("the event loop cannot wait: \(error)")
        }
        state.with(self) { $0.readAhead.polled(ready) }
    }
}

/// What a turn works on.
struct TurnArrays {
    var work: [EventLoop.Work] = []
    var flushes: [any Flushable] = []
    var ready: [Readiness] = []
}
