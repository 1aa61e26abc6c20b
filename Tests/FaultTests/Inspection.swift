import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

/// Watches a test from its beginning for what it must not leave behind.
final class Inspection: Sendable {
    /// `nil`: of several tests at once it is looked for after them what they have left.
    private let before: Holdings?
    private let calls: CallCounter?
    private let peers = Lock<[Peer]>([])

    init(_ calls: CallCounter? = nil) async throws {
        before = Company.mark == nil ? try await Holdings.current() : nil
        self.calls = calls
    }

    /// These were there when the test's cluster was about to stop.
    func keep(_ peers: [Peer]) { self.peers.withLock { $0 = peers } }

    /// Runs a test and, however it ends, has nothing to complain about then.
    func expectingNothing(_ body: () async throws -> Void) async throws {
        let result = await Result { try await CallCounter.$current.withValue(calls, operation: body) }
        // Tasks that waited for calls learn of their end a moment after it, and the last reference to a socket may go
        // with them.
        if try await !eventually({ try await self.violations().isEmpty }) {
            for violation in try await violations().prefix(10) { Issue.record("\(violation)") }
        }
        try result.get()
    }

    /// What is wrong now.
    func violations() async throws -> [String] {
        let ofOwn = forgetPeers() + (calls?.violations ?? [])
        guard let before else { return ofOwn }
        return try await ofOwn + Holdings.current().leftovers(since: before)
    }

    /// Lets go of those that keep nothing, for their sockets go with them.
    private func forgetPeers() -> [String] {
        peers.withLock { peers in
            peers.removeAll { $0.leftovers.isEmpty }
            return peers.map { "I2: of \($0.worker) is left: \($0.leftovers)" }
        }
    }
}

/// Runs what starts processes by itself, and has nothing to complain about afterwards (I2 to I4).
func leavingNothing(_ body: () async throws -> Void) async throws {
    try await Inspection().expectingNothing(body)
}

/// Has a worker of its own answer calls while `body` runs. None of them may fail (I7).
func withBystander(in cluster: Cluster, _ body: () async throws -> Void) async throws {
    let pool = try await cluster.start(Groups.bystanders, count: 1, options: workerProgram())
    let isOver = Lock(false)
    async let answers: Void = CallCounter.$isBystander.withValue(true) {
        repeat { _ = try? await pool.actor.echo(1, afterMilliseconds: 5) } while !isOver.withLock { $0 }
    }
    let result = await Result { try await body() }
    isOver.withLock { $0 = true }
    await answers
    try result.get()
}
