import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

@Suite("Sockets of slots on one port", .exclusive)
struct SlotSocketsTests {
    private func sockets() throws -> SlotSockets {
        let name = try #require(HostLookup.address(ofNumber: "127.0.0.1", port: 0))
        return try SlotSockets(name, ListeningSettings())
    }

    /// How many clients have come to it.
    private func clients(of socket: ListeningSocket) throws -> Int {
        var count = 0
        while case .connection = try socket.accept() { count += 1 }
        return count
    }

    @Test("the last socket stays when its slot is over, and goes to the one that asks next, with all clients")
    func lastOne() throws {
        let sockets = try sockets()
        let address = SocketAddress(sockets.name)
        let (first, second) = (try sockets.socket(for: 0), try sockets.socket(for: 1))
        #expect(first !== second)
        sockets.close(0)
        sockets.close(1)
        let early = try Client(to: address)
        let again = try sockets.socket(for: 0)
        // The system chooses by a hash: among two sockets it would not choose the same one each time.
        let later = try (0..<30).map { _ in try Client(to: address) }
        #expect(try clients(of: again) == 31)
        #expect(again === second)
        #expect(throws: SystemError.self) { try first.accept() }

        let other = try sockets.socket(for: 1)
        #expect(other !== again)
        sockets.close(0)
        #expect(throws: SystemError.self) { try again.accept() }
        #expect(try clients(of: other) == 0)
        sockets.close(hard: true)
        #expect(throws: SystemError.self) { try other.accept() }
        withExtendedLifetime((early, later)) {}
    }

    @Test("the first socket goes to whichever slot asks first; each slot keeps its own")
    func firstOne() throws {
        let sockets = try sockets()
        let client = try Client(to: SocketAddress(sockets.name))
        let one = try sockets.socket(for: 1)
        #expect(try clients(of: one) == 1)
        let zero = try sockets.socket(for: 0)
        #expect(zero !== one)
        #expect(try sockets.socket(for: 0) === zero)
        #expect(try sockets.socket(for: 1) === one)
        sockets.close(hard: true)
        withExtendedLifetime(client) {}
    }

    @Test("the last socket goes to its own slot as well, and when all are closed it is, too")
    func ownSlot() throws {
        let sockets = try sockets()
        let first = try sockets.socket(for: 0)
        sockets.close(0)
        #expect(try sockets.socket(for: 0) === first)
        sockets.close(0)
        sockets.close(hard: true)
        #expect(throws: SystemError.self) { try first.accept() }
    }
}
