import ActorCluster
import ActorClusterTesting
import FaultActors
import ProcessIO
import Testing

extension ProcessTests {
    @Suite("builds that have another structure")
    struct TicketTests {
        private static let first = "7 paint"
        private static let second = "7 paint, priority none"

        @Test(
            """
            D14: builds side by side read each other's structures: a field that the reader lacks is left out, one that the \
            writer lacks is nil, or, if it must be there, an error of that call alone, which names it
            """)
        func fields() async throws {
            try await withCluster { cluster in
                let options = workerProgram {
                    $0.process.perSlot = { slot, process in process.environment["VERSION"] = "\(slot + 1)" }
                }
                let pool = try await cluster.start(Groups.clerks, count: 3, options: options)
                var clerks: [Clerk] = []
                for worker in pool.workers { clerks.append(try await worker.actor.itself()) }
                // Through the primary, and later through pipes of their own.
                for _ in 0..<3 {
                    #expect(try await clerks[0].exchange(with: clerks[1]) == [Self.second, Self.first])
                    #expect(try await clerks[1].exchange(with: clerks[0]) == [Self.first, Self.second])
                    try await Self.exchange(clerks[0], reading: Self.first, with: clerks[2])
                    try await Self.exchange(clerks[1], reading: Self.second, with: clerks[2])
                }
                // This process is of the first build.
                #expect(try await clerks[1].read(Ticket()) == Self.second)
                #expect(try await clerks[2].issue().words == Self.first)
                let error = await failure { _ = try await clerks[2].read(Ticket()) }
                guard case CallError.malformedMessage(let why, .notSent)? = error else { return unexpected(error) }
                #expect(why.contains("\"owner\""), "\(why)")
                #expect(pool.workers.map(\.state) == [.ready, .ready, .ready])
            }
        }

        /// Between one and one that must have the owner, as an argument and as a result.
        private static func exchange(_ one: Clerk, reading words: String, with other: Clerk) async throws {
            let there = try await one.exchange(with: other)
            #expect(there[0].contains("\"owner\"") && there[0].contains("did not run"), "\(there)")
            #expect(there[1] == words)
            let here = try await other.exchange(with: one)
            #expect(here[0] == words)
            #expect(here[1].contains("\"owner\"") && here[1].contains("may have run"), "\(here)")
        }
    }
}
