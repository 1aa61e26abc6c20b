import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The watcher's own: it looks at the leader once a tick while the loop has something to do, and not at all while it
/// sleeps.
struct Watch: ~Copyable {
    /// So often a job is looked at; the second look at the same job takes the lead from it.
    static let tick = Duration.milliseconds(5)
    /// The same after the lead was taken, for `alertLooks` looks: blocking seldom comes alone.
    static let alertTick = Duration.milliseconds(1)
    static let alertLooks = 1_000

    let ticks = Atomic<Int>(0)
    let handOvers = Atomic<Int>(0)
    private let isArmed = Atomic<Bool>(false)
    private let bell = Semaphore()

    /// The loop has something to do. The leader's.
    borrowing func arm() {
        if !isArmed.load(ordering: .sequentiallyConsistent), !isArmed.exchange(true, ordering: .sequentiallyConsistent)
        {
            bell.signal()
        }
    }

    borrowing func waitUntilArmed() { bell.wait() }

    /// True: the watcher may sleep until it is armed again. `isQuiet` is asked after `arm` works again, so that
    /// either the leader, waking meanwhile, finds the watch off and arms it, or the watcher finds the leader awake.
    borrowing func disarm(ifStill isQuiet: () -> Bool) -> Bool {
        isArmed.store(false, ordering: .sequentiallyConsistent)
        if isQuiet() { return true }
        return isArmed.exchange(true, ordering: .sequentiallyConsistent)
    }
}

extension EventLoop {
    /// The watcher's thread.
    func watchForBlocking() {
        threads.enter(threads.watcher)
        while true {
            watch.waitUntilArmed()
            watchUntilAsleep()
        }
    }

    private func watchUntilAsleep() {
        var seen: Leadership.State?
        var alert = 0
        while true {
            Self.sleep(for: alert > 0 ? Watch.alertTick : Watch.tick)
            alert = max(0, alert - 1)
            watch.ticks.wrappingAdd(1, ordering: .relaxed)
            let now = leadership.now
            if now != seen {
                seen = now
            } else if now.isInJob {
                if takeLead(from: now) { alert = Watch.alertLooks }
            } else if now.isAsleep, watch.disarm(ifStill: { leadership.isAsleep }) {
                return
            }
        }
    }

    /// Makes another thread the leader, the watcher itself if there is none. False: the job has ended meanwhile.
    private func takeLead(from seen: Leadership.State) -> Bool {
        let thread = threads.takeIdle()
        guard leadership.take(from: seen, for: thread ?? threads.watcher) else {
            if let thread { threads.rest(thread) }
            return false
        }
        watch.handOvers.wrappingAdd(1, ordering: .relaxed)
        if let thread {
            threads.wake(thread)
        } else {
            _ = threads.make { number in
                self.threads.enter(number)
                self.serve(number)
            }
            leadAlone()
        }
        return true
    }

    /// Turns without running jobs until a thread is free to do it.
    private func leadAlone() {
        state.with(self) { $0.lanes.leadWasLost() }
        releaseContinuations()
        while true {
            if let thread = threads.takeIdle() {
                leadership.give(to: thread)
                threads.wake(thread)
                return
            }
            turn(mayRunJobs: false)
        }
    }

    /// Methods that have begun already go on without a thread of the loop.
    private func releaseContinuations() {
        let jobs = state.with(self) { state in
            state.ring.take { entry in if case .continuation(let job) = entry { job } else { nil } }
        }
        for job in jobs { release(job) }
    }

    private static func sleep(for duration: Duration) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(duration.wholeNanoseconds))
        nanosleep(&time, nil)
    }
}
