import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite("The connections of a worker", .timeLimit(.minutes(TestLength.minutes)))
struct WorkerConnectionsTests {
    private final class Flag: Sendable {
        let value = Lock(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }

    private let isOver = Flag()

    private func connections() throws -> WorkerConnections {
        let system = ClusterActorSystem(
            identity: WorkerID(group: "doors", slot: 0, incarnation: 1), callTimeout: .seconds(1),
            frameLimit: Limits.frameCeiling, errors: ErrorTypes([]), targets: try TargetTable.ofThisBinary.get())
        return WorkerConnections(system: system, loop: try .shared()) { _ in }
    }

    @Test("N-04: a worker that is to leave while it takes a connection does not leave before that is open")
    func taking() throws {
        let connections = try connections()
        #expect(connections.beginTaking())
        connections.drain()
        connections.whenOver { [isOver] in isOver.set() }
        #expect(!isOver.isSet)
        #expect(!connections.beginTaking(), "no other one is taken any more")

        let descriptor = SharedDescriptor(FileDescriptor(owning: open("/dev/null", O_RDONLY | O_CLOEXEC)))
        let number = connections.opened(AwaitedDescriptor(descriptor, loop: try .shared()))
        connections.endTaking()
        #expect(!isOver.isSet)
        connections.closed(number)
        #expect(isOver.isSet)
    }

    @Test("a worker whose connection was not to be had leaves then, and one that is abandoned leaves at once")
    func notTaken() throws {
        let connections = try connections()
        #expect(connections.beginTaking() && connections.beginTaking())
        connections.drain()
        connections.whenOver { [isOver] in isOver.set() }
        connections.endTaking()
        #expect(!isOver.isSet)
        connections.abandon()
        #expect(isOver.isSet)
    }

    @Test("a task that waits for the worker's readiness or for a place goes on when it is cancelled, alone", .exclusive)
    func cancelled() async throws {
        let connections = try connections()
        #expect(connections.reserve("web", of: 1))
        let waits: [@Sendable () async -> Void] = [
            { await connections.waitUntilReady() }, { await connections.waitForPlace("web", of: 1) },
        ]
        for wait in waits {
            let (cancelled, other) = (Task { await wait() }, Task { await wait() })
            #expect(try await eventually { connections.waitingCount == 2 })
            cancelled.cancel()
            await cancelled.value
            #expect(connections.waitingCount == 1)
            other.cancel()
            await other.value
            #expect(connections.waitingCount == 0)
        }
    }

    @Test("who waits goes on when the worker is to leave, and nobody waits afterwards", .exclusive)
    func leaving() async throws {
        let connections = try connections()
        #expect(connections.reserve("web", of: 1))
        let early = Task { await connections.waitUntilReady() }
        let late = Task { await connections.waitForPlace("web", of: 1) }
        #expect(try await eventually { connections.waitingCount == 2 })
        connections.drain()
        await early.value
        await late.value
        await connections.waitUntilReady()
        await connections.waitForPlace("web", of: 1)
    }
}
