import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The clusters of this process: who hears its signals, and who has to be empty before it is ended by force. The
/// event loop's.
final class RunningClusters: Sendable {
    static let shared = RunningClusters()

    private struct State {
        var clusters: [ObjectIdentifier: Cluster] = [:]
        var listeners: [ObjectIdentifier: [SignalSource.Listener]] = [:]
        /// Clusters that still have workers, once the process is being ended.
        var left: Set<ObjectIdentifier> = []
        var isExiting = false
        var hasExited = false
    }

    private let state = LoopConfined(State())

    func add(_ cluster: Cluster, _ loop: EventLoop) throws(SystemError) {
        let id = ObjectIdentifier(cluster)
        let signals = cluster.options.signals
        if signals != .leaveToHost {
            try listen(to: [.terminate, .interrupt], for: id, loop) { [unowned cluster] in cluster.asked(by: .signal) }
        }
        if signals == .stopAndReload {
            try listen(to: [.hangUp], for: id, loop) { [unowned cluster] in cluster.reloadAll() }
        }
        state.with(loop) { $0.clusters[id] = cluster }
    }

    private func listen(
        to signals: [SignalSource.Signal], for id: ObjectIdentifier, _ loop: EventLoop,
        _ handler: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let listener = try SignalSource.shared(loop).listen(to: signals, handler)
        state.with(loop) { $0.listeners[id, default: []].append(listener) }
    }

    func remove(_ cluster: Cluster, _ loop: EventLoop) {
        let listeners = state.with(loop) { state in
            state.clusters[ObjectIdentifier(cluster)] = nil
            return state.listeners.removeValue(forKey: ObjectIdentifier(cluster)) ?? []
        }
        // It is there already.
        for listener in listeners { try? SignalSource.shared(loop).remove(listener) }
    }

    /// Kills every worker of the process, and ends it when they are reaped or have had their time.
    func forceExit(_ loop: EventLoop) {
        let clusters = state.with(loop) { state in
            defer { state.isExiting = true }
            return state.isExiting ? [] : Array(state.clusters.values)
        }
        guard !clusters.isEmpty else { return }
        state.with(loop) { $0.left = Set(clusters.map(ObjectIdentifier.init)) }
        _ = loop.schedule(at: MonotonicClock.now + Limits.forcedExit) { self.exitNow(loop) }
        for cluster in clusters where !cluster.processEnds() { isEmpty(cluster, loop) }
    }

    /// No worker of this cluster is left.
    func isEmpty(_ cluster: Cluster, _ loop: EventLoop) {
        let isLast = state.with(loop) { state in
            state.left.remove(ObjectIdentifier(cluster))
            return state.isExiting && state.left.isEmpty
        }
        if isLast { exitNow(loop) }
    }

    /// On a thread of its own, so that the loop can cut short what is registered for exit.
    private func exitNow(_ loop: EventLoop) {
        let isFirst = state.with(loop) { state in
            defer { state.hasExited = true }
            return !state.hasExited
        }
        guard isFirst else { return }
        _ = loop.schedule(at: MonotonicClock.now + Limits.exitHandlers) { _exit(1) }
        do {
            try startThread("ac-exit") { exit(1) }
        } catch {
            _exit(1)
        }
    }
}
