import ActorCluster
import ActorClusterTesting
import FaultActors
import Testing

extension SharingTests {
    @Suite("options that cannot work")
    struct Options {
        private static let impossible: [(String, @Sendable (inout PoolOptions) -> Void)] = [
            ("RestartIntensity", { $0.intensity = RestartIntensity(-1) }),
            ("RestartIntensity", { $0.intensity = RestartIntensity(1, in: .zero) }),
            ("Backoff", { $0.backoff.first = .milliseconds(-1) }),
            ("Backoff", { $0.backoff.limit = .milliseconds(-1) }),
            ("WorkerTimeouts.ready", { $0.timeouts.ready = .zero }),
            ("WorkerTimeouts.drain", { $0.timeouts.drain = .seconds(-1) }),
            ("WorkerTimeouts.terminate", { $0.timeouts.terminate = .seconds(-1) }),
            ("WorkerTimeouts.settle", { $0.timeouts.settle = .seconds(-1) }),
            ("PoolLimits.inFlight", { $0.limits.inFlight = 0 }),
            ("HealthPolicy.checkFailures", { $0.health.checkFailures = 0 }),
        ]

        @Test("each is an error of start, before any process, that names it")
        func refused() async throws {
            try await withCluster { cluster in
                for (name, change) in Self.impossible {
                    var options = workerProgram()
                    change(&options)
                    let error = await failure { [options] in
                        try await cluster.start(Groups.probes, count: 1, options: options)
                    }
                    guard case ClusterError.invalidOption(let why)? = error else { return unexpected(error) }
                    #expect(why.hasPrefix(name), "\(why)")
                }
                #expect(ownWorkers() == [])
            }
        }
    }
}
