import ActorCluster
import ActorClusterTesting
import Distributed
import FaultActors
import ProcessIO
import Testing

extension SharingTests {
    @Suite("the order of calls from worker to worker")
    struct DirectOrder {
        @Test(
            "calls of one task come in their order while they move to a pipe of their own: waited for, one-way, out of time, cancelled"
        )
        func acrossTheSwitch() async throws {
            try await withCluster { cluster in
                let couriers = try await Couriers(in: cluster, count: 5)
                let count = TestLength.rounds(300, long: 5_000)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for from in couriers.all.indices {
                        for to in couriers.all.indices where to != from {
                            group.addTask {
                                try await Self.mix(count, from, to, couriers)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                for courier in couriers.all { #expect(try await courier.pipes() == [4, 4, 0]) }
            }
        }

        private static func mix(_ count: Int, _ from: Int, _ to: Int, _ couriers: Couriers) async throws {
            let (sender, callee) = ("\(from) to \(to)", couriers[to])
            let ended = try await withCallTimeout(.seconds(60)) {
                try await couriers[from].mix(
                    count, to: callee, as: sender, seed: TestLength.seed &+ UInt64(10 * from + to))
            }
            let notes = try await callee.taken(from: sender)
            #expect(notes.inversions == 0, "\(sender): \(notes)")
            #expect(notes.count >= ended && notes.count <= count, "\(sender): \(notes), \(ended) waited for")
        }
    }
}
