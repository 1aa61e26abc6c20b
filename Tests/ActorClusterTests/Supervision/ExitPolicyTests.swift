import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// How a worker came to its end.
private enum End: CaseIterable {
    case exit0, exit1, signal, permanent, requested, operatorTerminates

    var status: EndStatus {
        switch self {
        case .exit0, .requested: .code(0)
        case .exit1: .code(1)
        case .signal: .signal(11)
        case .permanent: .code(125)
        case .operatorTerminates: .signal(15)
        }
    }
}

@Suite("Which ends are followed by a restart", .computing)
struct ExitPolicyTests {
    private static let restarts: [(RestartPolicy, Set<End>)] = [
        (.always, [.exit0, .exit1, .signal]), (.onFailure, [.exit1, .signal]), (.never, []),
    ]

    @Test("G4: three policies and six ends: the last three ends never restart")
    func grid() {
        for (policy, restarted) in Self.restarts {
            for end in End.allCases {
                var pool = SupervisedPool.running(count: 2) { $0.policy = policy }
                if end == .requested { _ = pool.supervision.stop() }
                let actions = pool.tell(.disconnected) + pool.tell(.exited(end.status))
                let later = pool.pass(.seconds(100))
                #expect((actions + later).contains { $0.isSpawn } == restarted.contains(end), "\(policy), \(end)")
                #expect(actions.contains(.gaveUp(slot: 0)) == (end == .permanent), "\(policy), \(end)")
                let isRetired = !restarted.contains(end) && end != .requested && end != .permanent
                #expect(actions.contains(.retired(slot: 0)) == isRetired, "\(policy), \(end)")
                #expect(!actions.contains { $0.isPoolGaveUp })
            }
        }
    }

    @Test("G4: when every slot has been given up or left with 125 the pool gives up; a wished end alone is none")
    func poolGivesUp() {
        for (end, isFailure) in [(End.permanent, true), (.operatorTerminates, false), (.exit0, false)] {
            var pool = SupervisedPool.running(count: 2) { $0.policy = .onFailure }
            let actions = pool.tell(.exited(end.status), slot: 0) + pool.tell(.exited(end.status), slot: 1)
            #expect(actions.count { $0.isPoolGaveUp } == (isFailure ? 1 : 0), "\(end)")
        }
    }

    @Test("A10: a worker that exits 0 unasked is replaced under always, and under the others not")
    func exitsUnasked() {
        for (policy, isRestarted) in [(RestartPolicy.always, true), (.onFailure, false), (.never, false)] {
            var pool = SupervisedPool.running { $0.policy = policy }
            #expect(pool.tell(.disconnected) == [.unroute(slot: 0)])
            #expect(pool.tell(.exited(.code(0))).contains { $0.isSpawn } == isRestarted)
        }
    }

    @Test("an exit status that nobody knows is a failure")
    func unknown() {
        var pool = SupervisedPool.running { $0.policy = .onFailure }
        #expect(pool.pauseAfter(.unknown) == .zero)
    }

    @Test(
        "A11: a worker that closes its pipe but lives on is told to go after 20 ms, and replaced when it is reaped",
        arguments: [EndStatus.signal(15), .code(0), .signal(9)])
    func pipeClosed(status: EndStatus) {
        for policy in [RestartPolicy.always, .onFailure] {
            var pool = SupervisedPool.running { $0.policy = policy }
            #expect(pool.tell(.disconnected) == [.unroute(slot: 0)])
            #expect(pool.pass(Limits.exitStatus - .nanoseconds(1)).isEmpty)
            #expect(pool.pass(.nanoseconds(1)) == [.stop(incarnation: 1, from: .terminate)])
            #expect(pool.pass(.seconds(100)).isEmpty)
            #expect(pool.tell(.exited(status)) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 2)])
        }
    }

    @Test("a process that has ended is neither late nor made to go while the program still takes its output")
    func output() {
        for isReady in [false, true] {
            var pool = SupervisedPool.running { $0.policy = .onFailure }
            if !isReady {
                _ = pool.tell(.exited(.signal(9)))
                _ = pool.tell(.spawned)
            }
            #expect(pool.tell(.disconnected) == [.unroute(slot: 0)])
            #expect(pool.tell(.reaped(lastOutput: ["x"])) == [.unroute(slot: 0)])
            #expect(pool.pass(.seconds(100)).isEmpty)
            #expect(pool.tell(.exited(.code(0))) == [.unroute(slot: 0), .retired(slot: 0)])
        }
    }

    @Test("what a process said last is part of its slot's story, until the next one has ended")
    func lastWords() {
        var pool = SupervisedPool.running { $0.intensity = RestartIntensity(1) }
        _ = pool.tell(.reaped(lastOutput: ["Fatal error: a", "b"]))
        _ = pool.tell(.exited(.signal(5)))
        #expect(!pool.supervision.story(0).contains("last words"))
        pool.makeReady()
        _ = pool.tell(.reaped(lastOutput: ["Fatal error: c", "d"]))
        _ = pool.tell(.exited(.signal(5)))
        #expect(pool.supervision.story(0).hasSuffix("\n  last words:\n    Fatal error: c\n    d"))
    }

    @Test("an operator's SIGTERM is seen as one although the pipe ends first")
    func operatorsSignal() {
        var pool = SupervisedPool.running()
        #expect(pool.tell(.disconnected) == [.unroute(slot: 0)])
        _ = pool.pass(.milliseconds(19))
        #expect(pool.tell(.exited(.signal(15))) == [.unroute(slot: 0), .retired(slot: 0)])
    }

    @Test("D2: a worker that breaks the protocol is killed at once and restarted as a failure")
    func violation() {
        var pool = SupervisedPool.running { $0.policy = .onFailure }
        let error = ClusterError.incompatibleWorker(pool.id(), "it broke the protocol")
        #expect(pool.tell(.violated(error)) == [.unroute(slot: 0), .stop(incarnation: 1, from: .kill)])
        #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0), .spawn(slot: 0, incarnation: 2)])
    }

    @Test("D14: a worker of another protocol version is killed and, like exit code 125, not replaced")
    func otherVersion() {
        var pool = SupervisedPool.running(count: 2)
        let error = ClusterError.incompatibleWorker(pool.id(), "its protocol is 2")
        #expect(pool.tell(.incompatible(error)) == [.unroute(slot: 0), .stop(incarnation: 1, from: .kill)])
        #expect(pool.tell(.exited(.signal(9))) == [.unroute(slot: 0), .gaveUp(slot: 0)])
        #expect(pool.pass(.seconds(100)).isEmpty)
    }

    @Test("F6: a process that could not be started is a failed start: the next try comes by backoff")
    func spawnFailed() {
        var pool = SupervisedPool.running()
        #expect(pool.pauseAfter() == .zero)
        let error = ClusterError.spawnFailed(pool.id(), call: "pidfd_open", errno: 24)
        #expect(pool.tell(.spawnFailed(error)) == [.unroute(slot: 0)])
        #expect(pool.pass(.milliseconds(99)).isEmpty)
        #expect(pool.pass(.milliseconds(1)) == [.spawn(slot: 0, incarnation: 3)])
    }
}
