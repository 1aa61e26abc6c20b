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
    private let isOver = Lock(false)

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
        connections.whenOver { [isOver] in isOver.withLock { $0 = true } }
        #expect(!isOver.withLock { $0 })
        #expect(!connections.beginTaking(), "no other one is taken any more")

        let descriptor = SharedDescriptor(FileDescriptor(owning: open("/dev/null", O_RDONLY | O_CLOEXEC)))
        let number = connections.opened(AwaitedDescriptor(descriptor, loop: try .shared()))
        connections.endTaking()
        #expect(!isOver.withLock { $0 })
        connections.closed(number)
        #expect(isOver.withLock { $0 })
    }

    @Test("a worker whose connection was not to be had leaves then, and one that is abandoned leaves at once")
    func notTaken() throws {
        let connections = try connections()
        #expect(connections.beginTaking() && connections.beginTaking())
        connections.drain()
        connections.whenOver { [isOver] in isOver.withLock { $0 = true } }
        connections.endTaking()
        #expect(!isOver.withLock { $0 })
        connections.abandon()
        #expect(isOver.withLock { $0 })
    }
}
