/// One moment that its owner waits for, set anew whenever another one is the next. The event loop's.
package struct LoopTimer: Sendable {
    private var timer: EventLoop.TimerID?

    package init() {}

    /// Runs `work` on the loop at `moment`, and nothing at the one that was set before. `nil`: there is none.
    package mutating func set(to moment: Instant?, on loop: EventLoop, _ work: @escaping EventLoop.Work) {
        stop(on: loop)
        timer = moment.map { loop.schedule(at: $0, work) }
    }

    package mutating func stop(on loop: EventLoop) {
        if let timer { loop.cancel(timer) }
        timer = nil
    }
}
