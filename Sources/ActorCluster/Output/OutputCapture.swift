import ProcessIO

/// The reading ends of a worker's output.
struct CapturedPipes: Sendable {
    /// `nil`: not captured.
    var output: OutputPipe?
    var error: OutputPipe?
}

/// Reads what one worker prints, remembers its last words and hands the rest on. The event loop's alone.
final class OutputCapture: Sendable {
    private enum Destination {
        case nowhere
        case standardError
        case outlet(LineOutlet)
    }

    private struct State {
        var streams: [(isError: Bool, stream: CapturedStream)] = []
        var lastLines = LastLines()
        /// Pieces that are on their way to the primary's standard error.
        var onTheirWay = 0
        var whenOver: (@Sendable () -> Void)?
        var limit: EventLoop.TimerID?
    }

    private let loop: EventLoop
    private let destination: Destination
    private let state: LoopConfined<State>

    init(
        _ pipes: CapturedPipes, to output: WorkerOutput, of worker: WorkerID, by delivery: LineDelivery, loop: EventLoop
    ) {
        self.loop = loop
        var chunk = 64 << 10
        switch output {
        case .inherit:
            destination = .standardError
            chunk = Limits.relayedChunk
        case .discard: destination = .nowhere
        case .lines(let take): destination = .outlet(LineOutlet(worker: worker, delivery: delivery, take: take))
        }
        var state = State()
        for (pipe, isError) in [(pipes.output, false), (pipes.error, true)] {
            if let pipe { state.streams.append((isError, CapturedStream(pipe, chunk: chunk, loop: loop))) }
        }
        self.state = LoopConfined(state)
    }

    /// Whether the program takes both streams line by line.
    var takesLines: Bool { if case .outlet = destination { true } else { false } }

    /// Of standard error, oldest first.
    var lastLines: [String] { state.with(loop) { $0.lastLines.lines } }

    func open() throws(SystemError) {
        for (isError, stream) in state.with(loop, { $0.streams }) {
            try stream.open { bytes, lines, isLast in
                if isError { self.state.with(self.loop) { for line in lines { $0.lastLines.append(line) } } }
                return self.passOn(bytes, lines, from: stream, isError: isError, isLast: isLast)
            }
        }
    }

    /// The process has ended: reads what is left. False: all has arrived where it goes. True: `whenOver` is called
    /// when it has, or when that takes too long.
    func finish(_ whenOver: @escaping @Sendable () -> Void) -> Bool {
        for (_, stream) in state.with(loop, { $0.streams }) { stream.finish() }
        let isWaiting =
            switch destination {
            case .nowhere: false
            case .standardError: state.with(loop) { $0.onTheirWay > 0 }
            case .outlet(let outlet): outlet.waits { self.loop.execute { self.over() } }
            }
        guard isWaiting else { return false }
        let limit = loop.schedule(at: MonotonicClock.now + Limits.outputDelivery) { self.over() }
        state.with(loop) { ($0.whenOver, $0.limit) = (whenOver, limit) }
        return true
    }

    private func over() {
        let (whenOver, limit) = state.with(loop) { state in
            defer { (state.whenOver, state.limit) = (nil, nil) }
            return (state.whenOver, state.limit)
        }
        if let limit { loop.cancel(limit) }
        whenOver?()
    }

    // MARK: What comes

    private func passOn(
        _ bytes: UnsafeRawBufferPointer, _ lines: [String], from stream: CapturedStream, isError: Bool, isLast: Bool
    ) -> Bool {
        switch destination {
        case .nowhere: return true
        case .outlet(let outlet):
            outlet.append(lines, isError: isError)
            return true
        case .standardError:
            if bytes.isEmpty { return true }
            state.with(loop) { $0.onTheirWay += 1 }
            StandardErrorRelay.write([UInt8](bytes), areLast: isLast) {
                self.loop.execute { self.passedOn(from: stream) }
            }
            return false
        }
    }

    private func passedOn(from stream: CapturedStream) {
        let isOver = state.with(loop) { state in
            state.onTheirWay -= 1
            return state.onTheirWay == 0
        }
        stream.goOn()
        if isOver { over() }
    }
}
