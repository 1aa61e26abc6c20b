public import ActorCluster
public import Distributed
import ProcessIO

/// An actor of the primary that workers tell something.
public distributed actor Notebook {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var notes: [String] = []

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Keeps it.
    public distributed func note(_ text: String) { notes.append(text) }

    /// What was told, in order.
    public distributed func all() -> [String] { notes }
}

/// An actor of the primary that makes its callers wait until it is opened, and then calls somebody for them.
public distributed actor Door {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private var isOpen = false
    private var callers: [CheckedContinuation<Void, Never>] = []
    private var watchers: [(count: Int, watcher: CheckedContinuation<Void, Never>)] = []

    /// In this process.
    public init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Waits, and then asks the probe for its process's id.
    public distributed func pass(to probe: Probe) async throws -> Int32 {
        await enter()
        return try await probe.pid(call: 0)
    }

    /// Waits until it is opened.
    public distributed func enter() async {
        guard !isOpen else { return }
        await withCheckedContinuation { caller in
            callers.append(caller)
            let done = watchers.filter { $0.count <= callers.count }
            watchers.removeAll { $0.count <= callers.count }
            for watcher in done { watcher.watcher.resume() }
        }
    }

    /// Returns when so many wait.
    public distributed func wait(for count: Int) async {
        if callers.count < count { await withCheckedContinuation { watchers.append((count, $0)) } }
    }

    /// Lets all go on.
    public distributed func open() {
        isOpen = true
        for caller in callers { caller.resume() }
        callers = []
    }
}

extension Bouncer {
    /// Goes through a door to a probe.
    public distributed func go(through door: Door, to probe: Probe) async throws -> Int32 {
        try await door.pass(to: probe)
    }
}

extension Probe {
    /// The process will send its last words there.
    public distributed func keep(_ notebook: Notebook) { LastWords.keep(notebook) }
}

/// What a worker says when it leaves.
enum LastWords {
    private static let notebook = Lock<Notebook?>(nil)

    static func keep(_ notebook: Notebook) { self.notebook.withLock { $0 = notebook } }

    static func say() async {
        guard let notebook = notebook.withLock({ $0 }) else { return }
        for number in 1...5 { try? await notebook.note("last \(number)") }
    }
}
