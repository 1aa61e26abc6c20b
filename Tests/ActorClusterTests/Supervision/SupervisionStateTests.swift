import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// What a worker can be doing when an event comes.
private enum Doing: CaseIterable {
    case starting, online, ready, suspect, cutOff, forced, incompatible, replaced, retired, asked

    /// A running pool of one, or one that stops, whose worker does this.
    var pool: SupervisedPool {
        var pool = SupervisedPool.running()
        let error = ClusterError.stopped
        switch self {
        case .starting, .online:
            _ = pool.tell(.exited(.code(1)))
            _ = pool.tell(.spawned)
            if self == .online { _ = pool.tell(.online) }
        case .ready: break
        case .cutOff: _ = pool.tell(.disconnected)
        case .forced: _ = pool.tell(.violated(error))
        case .incompatible: _ = pool.tell(.incompatible(error))
        case .suspect: _ = pool.tell(.suspect)
        case .replaced: _ = pool.tell(.replace)
        case .retired: _ = pool.tell(.stopRequested)
        case .asked: _ = pool.supervision.stop()
        }
        return pool
    }
}

@Suite("Every state and every event of a worker", .computing)
struct SupervisionStateTests {
    private static let events: [(String, Supervision.Event)] = [
        ("spawned", .spawned), ("online", .online), ("ready", .ready), ("failed", .failed(.stopped)),
        ("disconnected", .disconnected), ("violated", .violated(.stopped)), ("incompatible", .incompatible(.stopped)),
        ("exit 1", .exited(.code(1))), ("exit 125", .exited(.code(125))), ("SIGTERM", .exited(.signal(15))),
        ("spawn failed", .spawnFailed(.stopped)), ("suspect", .suspect), ("recovered", .recovered),
        ("unhealthy", .unhealthy(.stopped)), ("replace", .replace), ("stop", .stopRequested),
    ]

    /// What is done, in words; what is not listed does nothing.
    private static func expected(_ doing: Doing, _ event: String) -> String {
        switch (doing, event) {
        case (.asked, "disconnected"): "terminate"
        case (_, "violated"), (_, "incompatible"), (_, "unhealthy"): "unroute kill"
        case (.asked, "exit 1"), (.asked, "exit 125"), (.asked, "SIGTERM"), (.asked, "spawn failed"): "stopped"
        case (.retired, "exit 1"), (.retired, "exit 125"), (.retired, "SIGTERM"), (.retired, "spawn failed"): "unroute"
        case (.starting, "ready"), (.online, "ready"), (.suspect, "recovered"): "route"
        case (.ready, "suspect"): "suspect"
        case (.starting, "disconnected"), (.online, "disconnected"), (.ready, "disconnected"),
            (.suspect, "disconnected"):
            "unroute"
        case (.cutOff, "disconnected"): ""
        case (_, "disconnected"): "terminate"
        case (_, "exit 125"), (.incompatible, "exit 1"), (.incompatible, "SIGTERM"), (.incompatible, "spawn failed"):
            "unroute gaveUp poolGaveUp"
        case (.forced, "SIGTERM"), (.replaced, "SIGTERM"): "unroute spawn"
        case (_, "SIGTERM"): "unroute retired"
        // The death before this start was the first, which has no pause.
        case (.starting, "exit 1"), (.online, "exit 1"), (.starting, "spawn failed"), (.online, "spawn failed"):
            "unroute"
        case (_, "exit 1"), (_, "spawn failed"): "unroute spawn"
        case (.starting, "replace"), (.online, "replace"), (.ready, "replace"), (.suspect, "replace"): "unroute drain"
        case (.starting, "stop"), (.online, "stop"), (.ready, "stop"), (.suspect, "stop"): "unroute drain retired"
        case (.cutOff, "replace"): "terminate"
        case (.cutOff, "stop"): "terminate retired"
        default: ""
        }
    }

    private static func word(_ action: Supervision.Action) -> String {
        switch action {
        case .spawn: "spawn"
        case .stop(_, let stage): "\(stage)"
        case .route: "route"
        case .unroute: "unroute"
        case .suspect: "suspect"
        case .started: "started"
        case .startFailed: "startFailed"
        case .gaveUp: "gaveUp"
        case .retired: "retired"
        case .replaced: "replaced"
        case .notReplaced: "notReplaced"
        case .removed: "removed"
        case .scaled: "scaled"
        case .scaleFailed: "scaleFailed"
        case .spawnBeside: "spawnBeside"
        case .handOver: "handOver"
        case .reloaded: "reloaded"
        case .reloadFailed: "reloadFailed"
        case .poolGaveUp: "poolGaveUp"
        case .stopped: "stopped"
        }
    }

    @Test("each event does what it should in each state, and nothing else")
    func everyPair() {
        for doing in Doing.allCases {
            for (name, event) in Self.events {
                var pool = doing.pool
                let words = pool.tell(event).map(Self.word).joined(separator: " ")
                #expect(words == Self.expected(doing, name), "\(name) while \(doing)")
            }
        }
    }

    @Test("a worker is ready that says so before it is told to leave, and not one that says so afterwards")
    func lateReady() {
        for doing in Doing.allCases {
            var pool = doing.pool
            _ = pool.tell(.ready)
            let isReady = [.starting, .online, .ready].contains(doing)
            #expect(pool.supervision.isReady(pool.incarnation()) == isReady, "\(doing)")
        }
        #expect(!SupervisedPool.running().supervision.isReady(99))
    }

    @Test("events of a process that is gone, or never was, do nothing")
    func stale() {
        for (name, event) in Self.events {
            var pool = SupervisedPool.running()
            #expect(pool.pauseAfter() == .zero)
            #expect(pool.tell(event, of: 1).isEmpty, "\(name)")
            #expect(pool.tell(event, of: 99).isEmpty, "\(name)")
            #expect(pool.supervision.incarnations == [2])
        }
    }

    @Test("after any two events there is at most one process in the slot, and a stop ends it")
    func everyPairOfEvents() {
        for doing in Doing.allCases {
            for (_, first) in Self.events {
                for (_, second) in Self.events {
                    var pool = doing.pool
                    let before = pool.incarnation()
                    let actions = pool.tell(first, of: before) + pool.tell(second, of: before)
                    #expect(actions.count { $0.isSpawn } <= 1)
                    var stopping = pool.supervision.stop()
                    if pool.supervision.incarnations != [nil] { stopping += pool.tell(.exited(.code(0))) }
                    #expect((actions + stopping).count { $0 == .stopped } == 1 || doing == .asked)
                    #expect(pool.pass(.seconds(100)).isEmpty)
                }
            }
        }
    }
}
