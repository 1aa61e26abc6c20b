/// Tasks that wait until a descriptor is ready. It is watched only while somebody waits.
package final class AwaitedDescriptor: Sendable {
    private struct Wait {
        let interest: Interest
        let isInterruptible: Bool
        let waiter: Suspension<Bool>
    }

    private struct State {
        var waiting: [UInt64: Wait] = [:]
        var watch: EventLoop.WatchID?
        var watched: Interest = []
        var isInterrupted = false
        var isOver = false
    }

    private let descriptor: SharedDescriptor
    private let loop: EventLoop
    private let numbers = Lock<UInt64>(0)
    private let state = LoopConfined(State())

    package init(_ descriptor: SharedDescriptor, loop: EventLoop) { (self.descriptor, self.loop) = (descriptor, loop) }

    /// True: it is ready, as far as is known, or the time has come, or, if that is to count, `interrupt` was called. False: the
    /// task is cancelled, or nobody is to wait any more.
    package nonisolated(nonsending) func wait(
        for interest: Interest, isInterruptible: Bool = false, until moment: Instant? = nil
    ) async -> Bool {
        let number = numbers.withLock { last in
            last += 1
            return last
        }
        return await withTaskCancellationHandler {
            await suspended { waiter in
                let wait = Wait(interest: interest, isInterruptible: isInterruptible, waiter: waiter)
                loop.execute {
                    self.add(number, wait)
                    if let moment { _ = self.loop.schedule(at: moment) { self.resume(number, returning: true) } }
                }
                if Task.isCancelled { loop.execute { self.resume(number, returning: false) } }
            }
        } onCancel: {
            loop.execute { self.resume(number, returning: false) }
        }
    }

    /// Nobody waits any more, now and later. Whoever holds the descriptor may close it when `done` is called.
    package func end(then done: @escaping @Sendable () -> Void = {}) {
        loop.execute {
            let waiting = self.state.with(self.loop) { state in
                state.isOver = true
                defer { state.waiting = [:] }
                return state.waiting.values.map(\.waiter)
            }
            self.rewatch()
            for waiter in waiting { waiter.resume(returning: false) }
            done()
        }
    }

    /// Those who want to hear of it go on, now and later.
    package func interrupt() {
        loop.execute {
            self.state.with(self.loop) { $0.isInterrupted = true }
            self.resume { $0.isInterruptible }
        }
    }

    private func add(_ number: UInt64, _ wait: Wait) {
        let answer = state.with(loop) { state -> Bool? in
            if state.isOver { return false }
            if state.isInterrupted, wait.isInterruptible { return true }
            state.waiting[number] = wait
            return nil
        }
        if let answer { return wait.waiter.resume(returning: answer) }
        rewatch()
    }

    private func resume(_ number: UInt64, returning answer: Bool) {
        guard let waiter = state.with(loop, { $0.waiting.removeValue(forKey: number) })?.waiter else { return }
        rewatch()
        waiter.resume(returning: answer)
    }

    /// Watches for what is waited for.
    private func rewatch() {
        let (watch, old, new) = state.with(loop) { state in
            let new = state.waiting.values.reduce(into: Interest()) { $0.formUnion($1.interest) }
            defer { state.watched = new }
            return (state.watch, state.watched, new)
        }
        guard new != old else { return }
        do throws(SystemError) {
            switch watch {
            case let watch? where new.isEmpty:
                loop.unwatch(watch)
                state.with(loop) { $0.watch = nil }
            case let watch?: try loop.change(watch, to: new)
            case nil:
                let watch = try loop.watch(descriptor.number, for: new, self)
                state.with(loop) { $0.watch = watch }
            }
        } catch {
            // It cannot be watched: whoever tries it finds out why.
            state.with(loop) { $0.watched = [] }
            wake(new)
        }
    }

    private func wake(_ interest: Interest) {
        let isMeant = state.with(loop) { state in
            state.waiting.values.contains { !$0.interest.isDisjoint(with: interest) }
        }
        // An error is told as readable, whatever it is watched for.
        resume { !isMeant || !$0.interest.isDisjoint(with: interest) }
    }

    private func resume(where isMeant: (Wait) -> Bool) {
        let waiters = state.with(loop) { state in
            let numbers = state.waiting.filter { isMeant($0.value) }.map(\.key)
            return numbers.compactMap { state.waiting.removeValue(forKey: $0)?.waiter }
        }
        rewatch()
        for waiter in waiters { waiter.resume(returning: true) }
    }
}

extension AwaitedDescriptor: ReadinessHandler {
    package func becameReady(_ interest: Interest) { wake(interest) }
}
