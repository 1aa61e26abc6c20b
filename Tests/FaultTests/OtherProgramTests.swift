import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

/// This program knows nothing of their actor but its protocol.
private let butlers = WorkerGroup<$Greeter>("butlers")

extension SharingTests {
    @Suite("other programs as workers")
    struct OtherPrograms {
        private static func withButlers(
            _ groups: [any AnyWorkerGroup] = [butlers], _ body: @escaping @Sendable (Cluster) async throws -> Void
        ) async throws {
            try await leavingNothing { try await Cluster.run(groups, options: Groups.options, body: body) }
        }

        @Test("actors that only another program has are called through a protocol that both share")
        func sharedProtocol() async throws {
            try await Self.withButlers { cluster in
                let pool = try await cluster.start(butlers, count: 1, options: workerProgram())
                #expect(try await pool.actor.greet("Ada") == "Good evening, Ada; you are number 1")
                let greeter: any Greeter = pool.workers[0].actor
                #expect(try await greeter.greet("Bob") == "Good evening, Bob; you are number 2")
                let error = await failure { _ = try await greeter.greet("the burglar") }
                #expect(error as? ListedError == ListedError(code: 3, hint: "no"))
                #expect(try await pool.workers[0].healthCheck().callsServed == 3)

                let old = pool.workers[0]
                kill(try #require(old.pid), SIGKILL)
                _ = try await pool.replacement(of: old)
                #expect(try await pool.actor.greet("Eve") == "Good evening, Eve; you are number 1")
            }
        }

        @Test("a worker's actor that does not conform to the group's protocol has no such method")
        func foreignActor() async throws {
            let strangers = WorkerGroup<$Greeter>("strangers")
            try await Self.withButlers([strangers]) { cluster in
                let pool = try await cluster.start(strangers, count: 1, options: workerProgram())
                let error = await failure { _ = try await pool.actor.greet("x") }
                guard case CallError.unknownTarget? = error else { return unexpected(error) }
            }
        }

        @Test("a group of another program needs that program, and that program needs the group: start says so")
        func missingProgram() async throws {
            let nobody = WorkerGroup<$Greeter>("nobody")
            try await Self.withButlers([butlers, nobody]) { cluster in
                let unnamed = await failure { _ = try await cluster.start(butlers, count: 1) }
                guard case ClusterError.invalidOption(let what)? = unnamed else { return unexpected(unnamed) }
                #expect(what.contains("PoolOptions.process.executable"))

                let unlisted = await failure {
                    _ = try await cluster.start(nobody, count: 1, options: workerProgram())
                }
                guard case ClusterError.incompatibleWorker(_, let why)? = unlisted else { return unexpected(unlisted) }
                #expect(why.contains("does not list the group \"nobody\""))
            }
        }

        @Test("A2: programs that are no workers are refused, each with a sentence that says what to do")
        func noWorkers() async throws {
            try await withTemporaryDirectory { directory in
                let plain = "\(directory)/plain"
                try "text".write(toFile: plain, atomically: true, encoding: .utf8)
                try await Self.withButlers { cluster in
                    func refusal(of program: String, _ arguments: [String] = []) async -> String {
                        let error = await failure {
                            let options = workerProgram {
                                $0.process.executable = program
                                $0.process.arguments = arguments
                                $0.timeouts.ready = .milliseconds(300)
                            }
                            _ = try await cluster.start(butlers, count: 1, options: options)
                        }
                        return "\((error as? ClusterError).map { "\($0)" } ?? "no error")"
                    }
                    let silent = await refusal(of: "/bin/sleep", ["60"])
                    #expect(silent.contains("said no hello within 0.3 seconds") && silent.contains("Cluster.run"))
                    let short = await refusal(of: "/bin/true")
                    #expect(short.contains("exit code 0") && short.contains("Cluster.run"))
                    let talkative = await refusal(of: "/bin/ls", ["/no/such/directory"])
                    #expect(talkative.contains("exit code 2") && talkative.contains("/no/such/directory"))
                    let missing = await refusal(of: "\(directory)/nothing")
                    #expect(missing.contains("\(directory)/nothing") && missing.contains("must be paths"))
                    let text = await refusal(of: plain)
                    #expect(text.contains(plain) && text.contains("this user may execute"))
                    let folder = await refusal(of: directory)
                    #expect(folder.contains("this user may execute"))
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plain)
                    #expect(await refusal(of: plain).contains("for this machine"))
                }
            }
        }
    }
}
