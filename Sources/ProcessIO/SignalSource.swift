import CShims

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Signals of this process as events of the loop. Made once, like the loop.
///
/// signalfd(2) would need the signal blocked in every thread of the host program, so it is a handler that writes to a
/// pipe (signal-safety(7)). While nobody listens to a signal, what the host had set for it is in force.
package final class SignalSource: Sendable {
    package enum Signal: Int, Hashable, Sendable {
        case hangUp = 1
        case interrupt = 2
        case terminate = 15
    }

    /// One who listens, until it is given back.
    package struct Listener: Hashable, Sendable {
        fileprivate let number: UInt64
        fileprivate let signals: [Signal]
    }

    private struct State {
        var last: UInt64 = 0
        /// In the order in which they began to listen.
        var handlers: [Signal: [(number: UInt64, handler: @Sendable () -> Void)]] = [:]
    }

    private static let made = Lock<SignalSource?>(nil)

    private let loop: EventLoop
    private let pipe: Int32
    private let state = LoopConfined(State())

    private init(_ loop: EventLoop) throws(SystemError) {
        self.loop = loop
        pipe = try checking("pipe") { ac_signal_pipe() }
    }

    /// On the loop. Throws when there is no descriptor left for it.
    package static func shared(_ loop: EventLoop) throws(SystemError) -> SignalSource {
        if let source = made.withLock({ $0 }) { return source }
        let source = try SignalSource(loop)
        _ = try loop.watch(source.pipe, for: .readable, source)
        made.withLock { $0 = source }
        return source
    }

    /// Calls `handler` on the loop for each of the signals that comes, until `remove`. A signal that this process
    /// ignores stays ignored, as `nohup` and a shell's background jobs expect. On the loop.
    package func listen(
        to signals: [Signal], _ handler: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Listener {
        let number = state.with(loop) { state in
            state.last += 1
            return state.last
        }
        for signal in signals {
            let isFirst = state.with(loop) { $0.handlers[signal, default: []].isEmpty }
            if isFirst { try checking("sigaction") { ac_signal_catch(Int32(signal.rawValue)) } }
            state.with(loop) { $0.handlers[signal, default: []].append((number, handler)) }
        }
        return Listener(number: number, signals: signals)
    }

    /// When it was the last one, the host's own handling is back. On the loop.
    package func remove(_ listener: Listener) {
        for signal in listener.signals {
            let isLast = state.with(loop) { state in
                state.handlers[signal]?.removeAll { $0.number == listener.number }
                return state.handlers[signal]?.isEmpty == true
            }
            guard isLast else { continue }
            state.with(loop) { $0.handlers[signal] = nil }
            ac_signal_release(Int32(signal.rawValue))
        }
    }
}

extension SignalSource: ReadinessHandler {
    package func becameReady(_ interest: Interest) {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(pipe, &bytes, bytes.count) == bytes.count {}
        for signal in [Signal.hangUp, .interrupt, .terminate] {
            // More than two say no more than two do.
            for _ in 0..<min(2, ac_signal_take(Int32(signal.rawValue))) {
                for listener in state.with(loop, { $0.handlers[signal] ?? [] }) { listener.handler() }
            }
        }
    }
}
