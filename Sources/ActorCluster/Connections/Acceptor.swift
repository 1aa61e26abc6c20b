import ProcessIO

/// Takes connections from a socket, as long as somebody has room for them. On the loop.
final class Acceptor: Sendable {
    private struct State {
        var watch: EventLoop.WatchID?
        var pause = LoopTimer()
        var isOver = false
    }

    private let socket: ListeningSocket
    private let loop: EventLoop
    /// Whether one more may come; asked before each.
    private let hasRoom: @Sendable () -> Bool
    private let accepted: @Sendable (SharedDescriptor, SocketName) -> Void
    private let paused: @Sendable () -> Void
    private let state = LoopConfined(State())

    init(
        _ socket: ListeningSocket, loop: EventLoop, hasRoom: @escaping @Sendable () -> Bool,
        accepted: @escaping @Sendable (SharedDescriptor, SocketName) -> Void, paused: @escaping @Sendable () -> Void
    ) {
        (self.socket, self.loop) = (socket, loop)
        (self.hasRoom, self.accepted, self.paused) = (hasRoom, accepted, paused)
    }

    /// Takes what comes until there is no room.
    func begin() {
        let isIdle = state.with(loop) { $0.watch == nil && !$0.isOver }
        guard isIdle else { return }
        do throws(SystemError) {
            let watch = try loop.watch(socket.descriptor.number, for: .readable, self)
            state.with(loop) { state in
                state.watch = watch
                state.pause.stop(on: loop)
            }
        } catch {
            pause()
        }
    }

    func end() {
        rest()
        state.with(loop) { state in
            state.isOver = true
            state.pause.stop(on: loop)
        }
    }

    private func rest() {
        let watch = state.with(loop) { state in
            defer { state.watch = nil }
            return state.watch
        }
        if let watch { loop.unwatch(watch) }
    }

    /// What waits keeps the socket readable, so it is not looked at for a while.
    private func pause() {
        rest()
        paused()
        state.with(loop) { state in
            state.pause.set(to: MonotonicClock.now + Limits.acceptPause, on: loop) { self.begin() }
        }
    }
}

extension Acceptor: ReadinessHandler {
    func becameReady(_ interest: Interest) {
        for _ in 0..<Limits.acceptsPerTurn {
            guard hasRoom() else { return rest() }
            switch try? socket.accept() {
            case .connection(let descriptor, let client)?: accepted(descriptor, client)
            case Acceptance.none?: return
            case .exhausted?, nil: return pause()
            }
        }
    }
}
