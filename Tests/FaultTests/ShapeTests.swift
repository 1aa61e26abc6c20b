import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import ProcessIO
import Testing

extension SharingTests {
    /// By the runtime's own entry or by the official way, whichever was built.
    @Suite("arguments and results of every shape")
    struct ShapeTests {
        private static let text = "longer than what fits into a string itself"

        @Test("values of no, few and many bytes, widely aligned ones, enums and actors come back as they were")
        func values() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.shapes, count: 1, options: workerProgram())
                let shapes = pool.actor
                for round in 0..<20 {
                    try await shapes.nothing()
                    #expect(try await shapes.none(NoBytes()) == NoBytes())
                    let wide = Wide(round, Self.text)
                    #expect(try await shapes.wide(wide) == wide)
                    let aligned = Aligned(Double(round))
                    #expect(try await shapes.aligned(aligned) == aligned)
                    #expect(try await shapes.long(.max - Int128(round)) == .max - Int128(round))
                    for choice in [Choice.nothing, .number(0.5), .texts(["", Self.text], more: Self.text)] {
                        #expect(try await shapes.choice(choice) == choice)
                    }
                    let several = try await shapes.several([Counted("a")], Counted(Self.text), wide)
                    #expect(several.map { $0?.text } == ["a", Self.text, nil])
                    #expect(try await shapes.itself().living() >= 0)
                }
            }
        }

        @Test("arguments and results are released, whether the method returns or throws")
        func references() async throws {
            try await withCluster { cluster in
                let pool = try await cluster.start(Groups.shapes, count: 1, options: workerProgram())
                let shapes = pool.actor
                for _ in 0..<200 {
                    #expect(try await shapes.counted(Counted(Self.text)).text == Self.text)
                    let error = await failure { _ = try await shapes.failToCount(Counted(Self.text)) }
                    #expect(error as? ListedError == ListedError(code: 1, hint: "c"))
                    let typed = await failure { _ = try await shapes.failToWiden(Wide(1, Self.text)) }
                    #expect(typed as? ListedError == ListedError(code: 2, hint: "w"))
                }
                // The arguments of the last call may live a moment longer than its answer takes.
                let end = MonotonicClock.now + .seconds(1) * TestLength.patience
                var living = -1
                while living != 0, MonotonicClock.now < end { living = try await shapes.living() }
                #expect(living == 0)
            }
        }
    }
}
