import ProcessIO

/// One stream of a worker's output, as it comes out of its pipe. The event loop's alone.
final class CapturedStream: ReadinessHandler {
    /// What has come, and the lines that are complete with it. False: nothing more is to be read until `goOn`.
    typealias Take = @Sendable (_ bytes: UnsafeRawBufferPointer, _ lines: [String], _ isLast: Bool) -> Bool

    private struct State {
        /// `nil`: it has ended.
        var pipe: OutputPipe?
        var watch: EventLoop.WatchID?
        var splitter = LineSplitter()
        var take: Take?
    }

    private let loop: EventLoop
    private let chunk: Int
    private let state: LoopConfined<State>

    /// Reads at most `chunk` bytes at a time.
    init(_ pipe: OutputPipe, chunk: Int, loop: EventLoop) {
        self.loop = loop
        self.chunk = chunk
        state = LoopConfined(State(pipe: pipe))
    }

    func open(_ take: @escaping Take) throws(SystemError) {
        state.with(loop) { $0.take = take }
        try watch()
    }

    func becameReady(_ interest: Interest) {
        if let pipe = state.with(loop, { $0.pipe }) { _ = read(pipe, isLast: false) }
    }

    /// Reads again after `take` has said that nothing more is to be read.
    func goOn() {
        do {
            try watch()
        } catch {
            close()
        }
    }

    /// The process has ended. What it has written is in the pipe, so nothing is waited for; a child that it has left
    /// may go on writing, so not everything is read.
    func finish() {
        var left = Limits.outputAtExit
        while left > 0, let pipe = state.with(loop, { $0.pipe }), let count = read(pipe, isLast: true) { left -= count }
        close()
    }

    /// How much; `nil`: nothing now, or never again.
    private func read(_ pipe: OutputPipe, isLast: Bool) -> Int? {
        let buffer = loop.readBuffer[..<chunk]
        do throws(SystemError) {
            switch try pipe.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer)) {
            case .moved(let count):
                give(UnsafeRawBufferPointer(rebasing: buffer[..<count]), isLast: isLast)
                return count
            case .wouldBlock, .congested: return nil
            case .closed: close()
            }
        } catch {
            close()
        }
        return nil
    }

    private func give(_ bytes: UnsafeRawBufferPointer, isLast: Bool) {
        var lines: [String] = []
        let take = state.with(loop) { state in
            state.splitter.receive(bytes) { lines.append($0) }
            return state.take
        }
        if take?(bytes, lines, isLast) == false { unwatch() }
    }

    // MARK: Watching

    private func watch() throws(SystemError) {
        guard let pipe = state.with(loop, { $0.watch == nil ? $0.pipe : nil }) else { return }
        let watch = try loop.watch(pipe.number, for: .readable, self)
        state.with(loop) { $0.watch = watch }
    }

    /// A pipe without a writer is always ready, so a mere change of what is watched for would not do.
    private func unwatch() {
        let watch = state.with(loop) { state in
            defer { state.watch = nil }
            return state.watch
        }
        if let watch { loop.unwatch(watch) }
    }

    private func close() {
        unwatch()
        var lines: [String] = []
        let take = state.with(loop) { state in
            state.splitter.finish { lines.append($0) }
            defer { (state.pipe, state.take) = (nil, nil) }
            return state.take
        }
        if !lines.isEmpty { _ = take?(UnsafeRawBufferPointer(start: nil, count: 0), lines, true) }
    }
}
