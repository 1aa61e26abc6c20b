import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("H: secrets")
    struct Secrets {
        private typealias Call = @Sendable (String) async throws -> Void

        /// Calls that carry the secret and fail, by what goes wrong.
        private static func failingCalls(_ probe: Probe, _ stranger: Stranger, _ gone: Probe) -> [(String, Call)] {
            [
                ("an argument does not decode", { _ = try await probe.keep(Locked($0)) }),
                ("a value by name does not decode", { try await probe.keep(all: [$0: Locked($0)]) }),
                ("a field does not decode", { try await probe.keep(box: LockedBox($0)) }),
                ("an argument does not encode", { try await probe.lose(all: [$0: Unencodable()]) }),
                ("a result does not decode", { _ = try await probe.lock($0) }),
                ("a result by name does not decode", { _ = try await probe.lockAll($0) }),
                ("a result does not encode", { _ = try await probe.lose($0) }),
                ("the method throws", { try await probe.reject($0) }),
                ("the method throws something else", { try await probe.rejectUnlisted($0) }),
                ("no answer in time", { try await hold($0, at: probe) }),
                ("too long", { _ = try await probe.echo(String(repeating: $0, count: 100_000)) }),
                ("generic", { _ = try await probe.generic($0) }),
                ("no such method", { _ = try await stranger.onlyHere($0) }),
                ("no such process", { _ = try await gone.echo($0) }),
                ("the worker leaves", { try await probe.leave($0) }),
            ]
        }

        private static func hold(_ secret: String, at probe: Probe) async throws {
            try await withCallTimeout(.milliseconds(50)) { _ = try await probe.hold(secret, milliseconds: 60_000) }
        }

        @Test(
            "H9: a password given as an argument is in no process's command line or environment, no error, event or output"
        )
        func password() async throws {
            let password = "hunter2-\(UUID())"
            let printed = Lock<[String]>([])
            let record = try await withRecord { cluster, _ in
                let options = workerProgram {
                    $0.process.output = .lines { line in printed.withLock { $0.append(line.text) } }
                }
                let pool = try await cluster.start(Groups.probes, count: 1, options: options)
                let worker = pool.workers[0]
                let pause = 500 * TestLength.patience
                let running = Task {
                    try await withCallTimeout(.seconds(60)) {
                        try await worker.incarnation.hold(password, milliseconds: pause)
                    }
                }
                #expect(try await eventually { try await worker.healthCheck().callsInFlight == 1 })
                Self.expectUnseen(password)
                #expect(try await running.value == password.utf8.count)
                for isError in [false, true] {
                    try await pool.actor.printBytes(Array("printed\n".utf8), times: 1, toError: isError)
                }
                let stranger = try Stranger.resolve(id: pool.actor.id, using: cluster.actorSystem)
                let gone = try Probe.resolve(
                    id: ActorID(scope: .incarnation(99), number: 0), using: cluster.actorSystem)
                for (what, call) in Self.failingCalls(pool.actor, stranger, gone) {
                    let error = await failure { try await call(password) }
                    let words = [
                        "\(try #require(error))", String(reflecting: error), error?.localizedDescription ?? "",
                    ]
                    for text in words { #expect(!text.contains(password), "\(what): \(text)") }
                }
                let field = await failure { try await pool.actor.keep(box: LockedBox(password)) }
                #expect("\(try #require(field))".contains("argument 1: locked.Index 0: "), "fields are named")
                Self.expectUnseen(password)
            }
            let lines = printed.withLock { $0 }
            #expect(lines.count { $0 == "printed" } == 2)
            #expect(record.events.contains { $0.kind.isExit })
            for text in lines + record.events.map({ "\($0)" }) { #expect(!text.contains(password), "\(text)") }
        }

        private static func expectUnseen(_ secret: String) {
            for pid in Processes.entries(of: "/proc") where Int32(pid) != nil {
                for file in ["cmdline", "environ"] {
                    #expect(!Processes.read("/proc/\(pid)/\(file)").contains(secret), "\(pid) \(file)")
                }
            }
        }
    }
}
