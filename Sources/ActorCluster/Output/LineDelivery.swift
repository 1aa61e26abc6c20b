import ProcessIO

/// Hands lines of a pool's workers to the program, one after another, on a thread that may be blocked by it.
final class LineDelivery: Sendable {
    private struct State {
        /// Those with lines, in turn.
        var waiting: [LineOutlet] = []
        var isRunning = false
    }

    private let state = Lock(State())

    /// There are lines; `outlet` is one that had none. Any thread.
    func deliver(from outlet: LineOutlet?) {
        let mustRun = state.withLock { state in
            if let outlet { state.waiting.append(outlet) }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustRun { run() }
    }

    private func run() {
        let thread = OutputThreads.take()
        do {
            try thread.execute {
                while let outlet = self.next() { outlet.deliverSome() }
                OutputThreads.giveBack(thread)
            }
        } catch {
            // There is no thread. The lines stay where they are, within their bound, and the next ones try again.
            state.withLock { $0.isRunning = false }
        }
    }

    private func next() -> LineOutlet? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isRunning = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}

/// Threads on which the program takes its workers' output: one for each pool that is at it, kept for the next.
private enum OutputThreads {
    private static let idle = Lock<[SerialThread]>([])

    static func take() -> SerialThread { idle.withLock { $0.popLast() } ?? SerialThread("ac-output") }

    static func giveBack(_ thread: SerialThread) { idle.withLock { $0.append(thread) } }
}

/// The lines of one worker on their way to the program.
final class LineOutlet: Sendable {
    private struct State {
        var buffer = LineBuffer()
        /// It is in the delivery's list, or being seen to.
        var isWaiting = false
        var onEmpty: (@Sendable () -> Void)?
    }

    /// Lines of one worker in a row while others wait.
    private static let mostInTurn = 64

    private let worker: WorkerID
    private let delivery: LineDelivery
    private let take: @Sendable (OutputLine) -> Void
    private let state = Lock(State())

    init(worker: WorkerID, delivery: LineDelivery, take: @escaping @Sendable (OutputLine) -> Void) {
        self.worker = worker
        self.delivery = delivery
        self.take = take
    }

    func append(_ lines: [String], isError: Bool) {
        guard !lines.isEmpty else { return }
        let isNew = state.withLock { state in
            for line in lines { state.buffer.append(line, isError: isError) }
            defer { state.isWaiting = true }
            return !state.isWaiting
        }
        delivery.deliver(from: isNew ? self : nil)
    }

    /// False: the program has had all lines. True: `done` is called when it has.
    func waits(for done: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.isWaiting { state.onEmpty = done }
            return state.isWaiting
        }
    }

    fileprivate func deliverSome() {
        for _ in 0..<Self.mostInTurn {
            guard let line = next() else { return }
            take(OutputLine(worker: worker, isError: line.isError, text: line.text, dropped: line.dropped))
        }
        delivery.deliver(from: self)
    }

    private func next() -> LineBuffer.Line? {
        let (line, onEmpty) = state.withLock { state -> (LineBuffer.Line?, (@Sendable () -> Void)?) in
            if let line = state.buffer.next() { return (line, nil) }
            state.isWaiting = false
            defer { state.onEmpty = nil }
            return (nil, state.onEmpty)
        }
        onEmpty?()
        return line
    }
}
