extension EventLoop {
    /// Runs `work` on the loop once the moment has come, unless it is cancelled before. On the loop.
    package func schedule(at moment: Instant, _ work: @escaping Work) -> TimerID {
        let number = nextNumber()
        state.with(self) { state in
            state.timers.insert(number, at: moment)
            state.timerWork[number] = work
        }
        return TimerID(number: number)
    }

    /// On the loop.
    package func cancel(_ timer: TimerID) {
        state.with(self) { state in
            guard state.timerWork.removeValue(forKey: timer.number) != nil else { return }
            let work = state.timerWork
            state.timers.compact(live: work.count) { work[$0] == nil }
        }
    }

    func runTimers() {
        guard state.with(self, { $0.timers.next }) != nil else { return }
        let now = MonotonicClock.now
        while let number = state.with(self, { $0.timers.popExpired(at: now) }) {
            state.with(self) { $0.timerWork.removeValue(forKey: number) }?()
        }
    }

    /// The earliest moment at which there is something to do.
    func nextTimer() -> Instant? {
        state.with(self) { state in
            let work = state.timerWork
            state.timers.dropStale { work[$0] == nil }
            return state.timers.next
        }
    }

    func nextNumber() -> UInt64 {
        state.with(self) { state in
            state.lastNumber += 1
            return state.lastNumber
        }
    }
}
