public import ActorCluster
import Distributed
import ProcessIO

/// What this process knows of its own life as a worker.
public enum OwnLife {
    private static let context = Lock<WorkerContext?>(nil)
    private static let notes = Lock(0)

    static var current: WorkerContext? { context.withLock { $0 } }

    /// As many reports are made when it leaves.
    static func setNotes(_ count: Int) { notes.withLock { $0 = count } }

    static func leaveNotes() {
        for number in 0..<notes.withLock({ $0 }) { current?.report(UnlistedError(description: "note \(number)")) }
    }

    /// Keeps it for the actors of this process, and leaves a marker for each event.
    static func keep(_ worker: WorkerContext) {
        context.withLock { $0 = worker }
        let events = worker.events
        Task { for await event in events { Markers.leave("\(event)-\(worker.id.slot)") } }
    }
}

/// Watching other processes from a worker.
extension Probe {
    /// Waits for the end of the process of another actor, told by its address.
    public distributed func watch(_ other: Probe) async throws -> Termination {
        Counters.add("watches")
        return try await actorSystem.whenTerminated(other)
    }

    /// The same with an actor of the primary. Leaves a marker when it has gone.
    public distributed func watchPrimary(_ number: UInt64) async throws {
        let id = ActorID(scope: .primary, number: number)
        let actor = try Probe.resolve(id: id, using: actorSystem)
        let system = actorSystem
        let watching = Task { Markers.leave("primary-\(try await system.whenTerminated(actor).reason)") }
        guard let worker = OwnLife.current else { return }
        worker.onShutdown {
            _ = await watching.result
            // A reader that comes late is told, too.
            for await event in worker.events where event == .primaryLost { return Markers.leave("told-\(event)") }
        }
    }

    /// Ends the pipe to the primary; the process lives on as long as it may.
    public distributed func closePipe() { shutDownPipe() }
}

/// Errors that a worker reports.
extension Probe {
    /// Reports as many errors, numbered from 0.
    public distributed func report(_ text: String, count: Int) {
        for number in 0..<count { OwnLife.current?.report(UnlistedError(description: "\(text) \(number)")) }
    }

    /// Has it make so many reports in its shutdown work.
    public distributed func leaveNotes(count: Int) { OwnLife.setNotes(count) }

    /// Leaves by its own wish, after the running calls.
    public distributed func stopItself() { OwnLife.current?.stop() }

    /// Reports an error and leaves at once, from the thread and in the turn in which the call has begun or, after a
    /// pause, from another.
    public distributed func reportAndExit(_ text: String, code: Int32, pausing: Bool) async throws {
        if pausing { try await Task.sleep(for: .milliseconds(1)) }
        OwnLife.current?.report(UnlistedError(description: text))
        leaveProcess(code)
    }
}
