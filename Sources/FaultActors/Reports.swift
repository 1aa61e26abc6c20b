import ActorCluster
import Distributed
import ProcessIO

/// What this process knows of its own life as a worker.
public enum OwnLife {
    private static let context = Lock<WorkerContext?>(nil)

    static var current: WorkerContext? { context.withLock { $0 } }

    /// Keeps it for the actors of this process, and leaves a marker for each event.
    static func keep(_ worker: WorkerContext) {
        context.withLock { $0 = worker }
        let events = worker.events
        Task { for await event in events { Markers.leave("\(event)-\(worker.id.slot)") } }
    }
}

/// Errors that a worker reports.
extension Probe {
    /// Reports as many errors, numbered from 0.
    public distributed func report(_ text: String, count: Int) {
        for number in 0..<count { OwnLife.current?.report(UnlistedError(description: "\(text) \(number)")) }
    }

    /// Leaves by its own wish, after the running calls.
    public distributed func stopItself() { OwnLife.current?.stop() }

    /// Reports an error and leaves at once, from the thread and in the turn in which the call has begun or, after a pause,
    /// from another.
    public distributed func reportAndExit(_ text: String, code: Int32, pausing: Bool) async throws {
        if pausing { try await Task.sleep(for: .milliseconds(1)) }
        OwnLife.current?.report(UnlistedError(description: text))
        leaveProcess(code)
    }
}
