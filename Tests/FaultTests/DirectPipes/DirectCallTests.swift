import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("calls from worker to worker")
    struct DirectCalls {
        @Test("after the first calls the primary passes none on: they go through one pipe, both ways")
        func direct() async throws {
            try await withCluster(bystander: true) { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                try await couriers.connect(0, 1)
                let peers = [1, 2].compactMap { cluster.actorSystem.routes.peer($0 + 1) }
                try #require(peers.map(\.worker.group) == ["couriers", "couriers"])
                let before = peers.map { $0.counts() }
                try await couriers[0].deliver(500, to: couriers[1])
                let after = peers.map { $0.counts() }
                // The call that has it deliver, and its answer.
                #expect(after[0].framesSent == before[0].framesSent + 1)
                #expect(after[0].framesReceived == before[0].framesReceived + 1)
                #expect(after[1].framesSent == before[1].framesSent)
                #expect(after[1].framesReceived == before[1].framesReceived)

                try await couriers.connect(1, 0)
                #expect(try await couriers[0].pipes() == [1, 1, 0])
                #expect(try await couriers[1].pipes() == [1, 1, 0])
                #expect(try await couriers.pool.workers[1].healthCheck().callsServed > 500)
            }
        }

        @Test("buffers, streams, errors, limits and one-way calls are as they are by way of the primary")
        func everything() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                let page = try SharedBuffer([UInt8](repeating: 7, count: 100_000))
                for round in 0..<3 {
                    #expect(try await couriers[0].exercise(couriers[1], page) == [100_000, 499_500, 5])
                    if round == 1 { try await couriers.connect(0, 1) }
                }
                let late = try await couriers[0].ending(
                    ofAsking: couriers[1], afterMilliseconds: 60_000, limitMilliseconds: 50)
                #expect(late.contains("no answer to"))
                #expect(late.contains("\(couriers.pool.workers[1].id)"))
                try await couriers[1].wait(for: "cancellations", count: 1)
                #expect(try await couriers[0].pipes() == [1, 1, 0])
            }
        }

        @Test("a chain of four workers passes a deadline and a cancellation to its end")
        func chain() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 4)
                for link in 0..<3 { try await couriers.connect(link, link + 1) }
                let rest = Array(couriers.all.dropFirst())
                #expect(try await couriers[0].chain(rest, afterMilliseconds: 0) == 4)
                // On a busy machine some are out of time before they are there.
                let hasReached = try await eventually(within: .seconds(20)) {
                    let late = await failure {
                        try await withCallTimeout(.milliseconds(200)) {
                            _ = try await couriers[0].chain(rest, afterMilliseconds: 60_000)
                        }
                    }
                    guard case CallError.timeout? = late else { return false }
                    return try await couriers[3].count(of: "cancellations") > 0
                }
                #expect(hasReached)

                let before = try await couriers[3].count(of: "echoes")
                let call = Task { await failure { _ = try await couriers[0].chain(rest, afterMilliseconds: 60_000) } }
                try await couriers[3].wait(for: "echoes", count: before + 1)
                let cancelled = try await couriers[3].count(of: "cancellations")
                call.cancel()
                #expect(await call.value is CancellationError)
                try await couriers[3].wait(for: "cancellations", count: cancelled + 1)
            }
        }

        @Test(
            "M-08: a worker calls another one by reference, and a target that nobody has is missing at once, at the caller"
        )
        func missingTargets() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                try await couriers.connect(0, 1)
                let (system, there) = (cluster.actorSystem, couriers.pool.workers[1].id.incarnation)
                let unknown = [
                    (ActorID(scope: .incarnation(99), number: 1), "there is no process #99:1 (any more)"),
                    (ActorID(scope: .incarnation(there), number: 99), "has no such actor (any more)"),
                ]
                for (id, words) in unknown {
                    let target = try Courier.resolve(id: id, using: system)
                    let time = try await elapsed {
                        let ending = try await couriers[0].ending(
                            ofAsking: target, afterMilliseconds: 0, limitMilliseconds: 5_000)
                        #expect(ending.contains(words), "\(ending)")
                    }
                    #expect(time < .seconds(1) * TestLength.patience)
                }
                #expect(try await couriers[0].pipes() == [1, 1, 0])
            }
        }

        @Test(
            "an end that its worker has no descriptor for is counted; calls go on by way of the primary, and directly later"
        )
        func lostEnds() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 3)
                try await couriers[0].loseDescriptors(1)
                try await couriers[0].deliver(20, to: couriers[1])
                try await couriers.connect(0, 1)
                #expect(try await couriers[0].pipes() == [1, 1, 1])
                try await couriers[2].loseDescriptors(2)
                try await couriers[0].deliver(20, to: couriers[2])
                try await couriers[1].deliver(20, to: couriers[2])
                #expect(
                    try await eventually {
                        try await couriers[0].deliver(1, to: couriers[2])
                        try await couriers[1].deliver(1, to: couriers[2])
                        let pipes = [try await couriers[0].pipes(), try await couriers[1].pipes()]
                        return pipes.allSatisfy { $0[1] > 0 } && pipes[0][1] == 2
                    })
                #expect(try await couriers[2].pipes()[2] == 2)
                #expect(try await couriers[2].pipes()[0] == 2)
            }
        }

        @Test(
            "F7: a worker without a free descriptor gets no pipe: its calls go on by way of the primary, and directly later",
            arguments: [0, 1])
        func withoutDescriptors(starved: Int) async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                try await couriers[starved].takeDescriptorsAway()
                try await couriers[0].deliver(20, to: couriers[1])
                #expect(try await eventually { try await couriers[starved].pipes()[2] == 1 })
                try await couriers.connect(0, 1)
                #expect(try await couriers[0].pipes() == [1, 1, 1 - starved])
                #expect(try await couriers[1].pipes() == [1, 0, starved])
            }
        }

        @Test(
            "calls through a pipe of their own are pending at their caller alone, and none is when the callee has died")
        func pendingCalls() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 2)
                try await couriers.connect(0, 1)
                let before = try await couriers[1].count(of: "echoes")
                let calls = (0..<3).map { _ in
                    Task {
                        try await couriers[0].ending(
                            ofAsking: couriers[1], afterMilliseconds: 60_000, limitMilliseconds: 60_000)
                    }
                }
                try await couriers[1].wait(for: "echoes", count: before + 3)
                #expect(try await couriers[0].pendingCalls() == 3)
                #expect(try await couriers[1].pendingCalls() == 0)
                // Those that wait for them.
                #expect(cluster.actorSystem.pendingCalls == 3)
                kill(try #require(couriers.pool.workers[1].pid), SIGKILL)
                for call in calls { #expect(try await call.value.contains("signal 9")) }
                #expect(try await couriers[0].pendingCalls() == 0)
            }
        }

        @Test("a worker has 64 pipes to others; calls to more go by way of the primary, until one is gone")
        func limit() async throws {
            try await withCluster { cluster in
                let count = Limits.directPipes + 2
                let couriers = try await Couriers(in: cluster, count: count) { $0.backoff = .none }
                let first = couriers[0]
                for other in 1...Limits.directPipes { try await couriers.connect(0, other) }
                #expect(try await eventually { try await first.pipes()[1] == Limits.directPipes })
                let extra = couriers[count - 1]
                try await first.deliver(50, to: extra)
                try await extra.deliver(50, to: first)
                #expect(try await first.pipes() == [Limits.directPipes, Limits.directPipes, 0])
                #expect(try await extra.pipes() == [0, 0, 0])
                kill(try #require(couriers.pool.workers[1].pid), SIGKILL)
                #expect(
                    try await eventually(within: .seconds(20)) {
                        try await first.deliver(1, to: extra)
                        return try await extra.pipes()[0] == 1
                    })
                #expect(try await first.pipes()[0] == Limits.directPipes)
            }
        }
    }
}
