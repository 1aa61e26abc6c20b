public import ActorCluster
public import Distributed

/// A worker that knows who calls it, and calls others like it.
public distributed actor Doorman {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let worker: WorkerContext?
    private var rings: [WorkerID?] = []

    /// In the primary, without a worker's context.
    public init(_ worker: WorkerContext? = nil, actorSystem: ClusterActorSystem) {
        self.worker = worker
        self.actorSystem = actorSystem
    }

    /// Who has made this call.
    public distributed func whoCalls() -> WorkerID? { actorSystem.caller }

    /// The same after a wait, in a child task, in a task, in a task without anything of this one's, and as a method of
    /// another actor of this process tells.
    public distributed func whoCallsInside() async throws -> [WorkerID?] {
        let system = actorSystem
        try await Task.sleep(for: .milliseconds(1))
        async let child = system.caller
        let neighbour = Doorman(actorSystem: system)
        return [
            system.caller, await child, await Task { system.caller }.value,
            await Task.detached { system.caller }.value, try await neighbour.whoCalls(),
        ]
    }

    /// Remembers who has made this call.
    public distributed func ring() { rings.append(actorSystem.caller) }

    /// Who has rung, in order.
    public distributed func rung() -> [WorkerID?] { rings }

    /// Returns after this long.
    public distributed func whoCallsSlowly(milliseconds: Int) async throws -> WorkerID? {
        try await Task.sleep(for: .milliseconds(milliseconds))
        return actorSystem.caller
    }

    /// Ends its process.
    public distributed func collapse(code: Int32) { leaveProcess(code) }

    // MARK: Calls of others

    /// Who another one says has called it.
    public distributed func ask(_ other: Doorman) async throws -> WorkerID? { try await other.whoCalls() }

    /// The same of the one in a slot.
    public distributed func ask(slot: Int) async throws -> WorkerID? {
        try await worker?.actor(of: Groups.doormen, slot: slot).whoCalls()
    }

    /// The same of the one with a name.
    public distributed func ask(named name: String) async throws -> WorkerID? {
        try await actorSystem.lookup(Doorman.self, named: name).whoCalls()
    }

    /// The same of a pool of them, as many at once.
    public distributed func ask(_ pool: Doorman, atOnce count: Int) async throws -> [WorkerID?] {
        try await withThrowingTaskGroup(of: WorkerID?.self) { group in
            for _ in 0..<count { group.addTask { try await pool.whoCallsSlowly(milliseconds: 20) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Rings one-way.
    public distributed func ring(at other: Doorman) async throws {
        try await actorSystem.post { try await other.ring() }
    }

    /// Lets another one end its process.
    public distributed func askToCollapse(_ other: Doorman, code: Int32) async throws {
        try await other.collapse(code: code)
    }

    /// Takes a name.
    public distributed func takeName(_ name: String) async throws { try await actorSystem.register(self, as: name) }

    /// Loses it, or another actor does.
    public distributed func loseName(_ name: String, of actor: Doorman) async throws {
        try await actorSystem.unregister(actor, from: name)
    }
}

extension Groups {
    /// Workers that know who calls them.
    public static let doormen = WorkerGroup("doormen") { worker in
        Doorman(worker, actorSystem: worker.actorSystem)
    }
}
