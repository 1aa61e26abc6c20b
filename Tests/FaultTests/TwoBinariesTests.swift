import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import ProcessIO
import Testing

/// Only this test bundle has it.
distributed actor Novelty {
    typealias ActorSystem = ClusterActorSystem
    distributed func news(_ text: String) -> String { text }
}

extension SharingTests {
    /// The bundle and the worker program are two binaries: each has actors that the other one lacks.
    @Suite("D: two binaries, and one")
    struct TwoBinaries {
        @Test("D14: another fingerprint brings the names, before the worker is ready; the numbers are the worker's own")
        func namesAreSent() async throws {
            try await withRawPrimary { primary in
                try primary.sendHello(fingerprint: 1)
                let hello = try primary.receive(.hello)
                let theirs = try hello.body.withUnsafeBytes { try Body.decode(Hello.self, from: $0).fingerprint }
                #expect(try theirs != Targets.fingerprint)
                try primary.receiveNames()
                #expect(primary.names == primary.names.sorted())
                #expect(primary.names.count > 40)
                #expect(throws: RawPipe.Failure.timeout) { try primary.pipe.receive(within: .milliseconds(100)) }
            }
        }

        @Test("D14: an equal fingerprint brings no names; the same numbers mean the same methods")
        func namesAreNotSent() async throws {
            let names = Lock<[String]>([])
            let fingerprint = Lock<UInt64>(0)
            try await withRawPrimary { primary in
                try primary.sendHello()
                let hello = try primary.receive(.hello)
                let theirs = try hello.body.withUnsafeBytes { try Body.decode(Hello.self, from: $0).fingerprint }
                fingerprint.withLock { $0 = theirs }
                try primary.sendNames([])
                try primary.receiveNames()
                names.withLock { $0 = primary.names }
            }
            try await withRawPrimary { primary in
                try primary.sendHello(fingerprint: fingerprint.withLock { $0 })
                _ = try primary.receive(.hello)
                _ = try primary.receive(.ready)
                primary.use(names: names.withLock { $0 })
                let bytes = try Body.encode([7] as [UInt8])
                #expect(try primary.call(Targets.named("Probe.echo(bytes:)"), bytes) == .reply(bytes))
            }
        }

        @Test("D14: a primary and workers of one binary exchange no names, and call in every direction")
        func oneBinary() async throws {
            try await onOwnThread {
                let primary = try OwnedProcess("FaultyWorkers", ["same-build"])
                defer { primary.end() }
                #expect(primary.waitForExit(within: .seconds(20) * TestLength.patience) == .code(0))
            }
        }

        @Test("D8, D14: a method that the worker lacks is an unknown target; nothing is sent, nothing repeated")
        func missingInWorker() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 2, options: workerProgram())
                let peers = [1, 2].compactMap { cluster.actorSystem.routes.peer($0) }
                let sent = peers.map { $0.counts().framesSent }
                let novelty = try Novelty.resolve(id: pool.actor.id, using: cluster.actorSystem)
                let error = await failure { _ = try await novelty.news("x") }
                guard case CallError.unknownTarget(let name, let worker)? = error else { return unexpected(error) }
                #expect(name.contains("Novelty.news"))
                #expect(pool.workers.map(\.id).contains(worker))
                #expect(peers.map { $0.counts().framesSent } == sent)
                #expect(try await pool.actor.echo("next") == "next")
                #expect(pool.workers.map(\.id.incarnation).sorted() == [1, 2])
            }
        }

        @Test("D14: a worker with other numbers is called by its own, and calls others by them; never a wrong method")
        func otherNumbers() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.probes, count: 1, options: rogueProgram(.numbersOtherwise))
                let others = try await cluster.start(Groups.others, count: 1, options: workerProgram())
                let pid = try #require(others.workers[0].pid)
                for _ in 0..<3 {
                    let answer = try await pool.actor.echo("x")
                    let echo = try Targets.named("Probe.echo(_:call:)")
                    #expect(answer == "\(echo) \(pid) unknownTarget unknownTarget")
                }
                let peer = try #require(cluster.actorSystem.routes.peer(1))
                let sent = peer.counts().framesSent
                guard case CallError.unknownTarget? = await failure(of: { _ = try await pool.actor.makeCrate() }) else {
                    return unexpected(nil, "a method that its table lacks")
                }
                #expect(peer.counts().framesSent == sent)
            }
        }

        @Test(
            "D13, D14: calls and ready before the names, names that nobody waits for, and lists that are none end the pipe",
            arguments: 0..<6)
        func brokenNames(number: Int) async throws {
            try await withRawPrimary { primary in
                switch number {
                case 0:
                    try primary.sendHello()
                    try primary.send(number: 0)
                case 1:
                    try primary.start()
                    try primary.sendNames(["$s1a1bTE"])
                case 2: try primary.sendNames([])
                case 3:
                    try primary.sendHello()
                    try primary.pipe.send(OutgoingFrame(.names, FrameNumbers(.max), body: try Body.encode(["a"])))
                case 4:
                    try primary.sendHello()
                    try primary.pipe.send(OutgoingFrame(.names, FrameNumbers(2), body: [0xC4, 0xFF, 0x00]))
                default:
                    try primary.sendHello()
                    try primary.pipe.send(try .names([], of: 3))
                }
                #expect(primary.worker.waitForExit(within: .seconds(1) * TestLength.patience) == .code(0))
            }
        }
    }
}
