import ActorCluster
import FaultActors

/// A primary that prints nothing itself, with a worker that prints 1 MB and a line without end on each stream.
enum PrintingPrimary {
    static func run(_ arguments: [String]) async throws {
        try await Cluster.run(Groups.all, options: Groups.options) { cluster in
            var options = PoolOptions()
            if arguments == ["discard"] { options.process.output = .discard }
            let pool = try await cluster.start(Groups.probes, count: 1, options: options)
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 99) + [UInt8(ascii: "\n")]
            try await withCallTimeout(.seconds(60)) {
                for toError in [false, true] {
                    try await pool.actor.printBytes(line, times: 10_000, toError: toError)
                    try await pool.actor.printBytes(Array("last".utf8), times: 1, toError: toError)
                }
            }
        }
    }
}
