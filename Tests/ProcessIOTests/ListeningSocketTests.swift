import ActorClusterTesting
import Foundation
import ProcessIO
import Testing

@Suite("sockets that listen", .exclusive)
struct ListeningSocketTests {
    private static func open(_ change: (inout ListeningSettings) -> Void = { _ in }) throws -> ListeningSocket {
        var settings = ListeningSettings()
        change(&settings)
        return try ListeningSocket(try #require(HostLookup.address(ofNumber: "127.0.0.1", port: 0)), settings)
    }

    /// A client's socket, blocking.
    private static func client(of listening: ListeningSocket) throws -> FileDescriptor {
        #if canImport(Glibc)
        let type = Int32(SOCK_STREAM.rawValue)
        #else
        let type = SOCK_STREAM
        #endif
        let client = FileDescriptor(owning: socket(listening.address.family, type, 0))
        let number = client.number
        #expect(listening.address.withPointer { connect(number, $0, $1) } == 0)
        return client
    }

    private static func isNone(_ acceptance: Acceptance) -> Bool { if case .none = acceptance { true } else { false } }

    private static func connection(of listening: ListeningSocket) throws -> (SharedDescriptor, SocketName) {
        guard case .connection(let connection, let client) = try listening.accept() else {
            throw SystemError(call: "accept4", code: EAGAIN)
        }
        return (connection, client)
    }

    @Test("what is accepted is non-blocking, close-on-exec and undelayed, and its client is known")
    func accept() throws {
        let listening = try Self.open()
        #expect(Self.isNone(try listening.accept()))
        let client = try Self.client(of: listening)
        let (connection, from) = try Self.connection(of: listening)
        #expect(fcntl(connection.number, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(connection.number, F_GETFD) & FD_CLOEXEC != 0)
        var (noDelay, length) = (Int32(0), socklen_t(4))
        getsockopt(connection.number, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &length)
        #expect(noDelay != 0)
        var name = RawSocketName()
        let (number, bytesBefore) = (client.number, try connection.receive(upTo: 10))
        #expect(name.fill { getsockname(number, $0, &$1) } == 0)
        #expect(name.name == from && bytesBefore == nil)
        #expect(try connection.send([1, 2, 3]) == 3)
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(recv(number, &bytes, 10, 0) == 3)
        #expect(bytes.prefix(3) == [1, 2, 3])
        shutdown(number, Int32(SHUT_WR))
        #expect(try connection.receive(upTo: 10) == [])
    }

    @Test("two are on one port only with SO_REUSEPORT, on both")
    func ports() throws {
        let alone = try Self.open()
        #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
            try ListeningSocket(alone.address, ListeningSettings())
        }
        let first = try Self.open { $0.reusesPort = true }
        var settings = ListeningSettings()
        settings.reusesPort = true
        #expect(try ListeningSocket(first.address, settings).name == first.name)
    }

    @Test("once it is closed hard, whoever has its descriptor accepts no more; otherwise he goes on")
    func close() throws {
        for isHard in [true, false] {
            let listening = try Self.open()
            let client = try Self.client(of: listening)
            listening.close(hard: isHard)
            if isHard {
                #expect(throws: SystemError(call: "accept4", code: EINVAL)) { try listening.accept() }
            } else {
                #expect(!Self.isNone(try listening.accept()))
            }
            _ = client.number
        }
    }

    @Test("a file that is no socket, and one of a server that lives, are left alone; only its own file is removed")
    func files() throws {
        let path = "/tmp/actorcluster-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let name = try #require(RawSocketName(path: path))
        #expect(name.name == .unix(path: path))
        #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
        #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) { try ListeningSocket(name, ListeningSettings()) }
        #expect(FileManager.default.contents(atPath: path) == Data([1]))
        unlink(path)
        let first = try ListeningSocket(name, ListeningSettings())
        #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) { try ListeningSocket(name, ListeningSettings()) }
        unlink(path)
        #expect(FileManager.default.createFile(atPath: path, contents: Data([2])))
        first.close(hard: true)
        #expect(FileManager.default.contents(atPath: path) == Data([2]))
    }

    @Test("a path has 1 to 107 bytes; hosts that are numbers need no look-up")
    func names() {
        #expect(RawSocketName(path: "") == nil && RawSocketName(path: "a\0b") == nil)
        #expect(RawSocketName(path: String(repeating: "x", count: 108)) == nil)
        let longest = String(repeating: "x", count: 107)
        #expect(RawSocketName(path: longest)?.name == .unix(path: longest))
        let numbers = [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("0:0::1", "::1")]
        for (host, written) in numbers {
            #expect(HostLookup.address(ofNumber: host, port: 80)?.name == .internet(host: written, port: 80))
        }
        #expect(HostLookup.address(ofNumber: "localhost", port: 80) == nil)
        #expect(HostLookup.address(ofNumber: "", port: 80) != nil)
    }

    @Test("tasks wait for a descriptor until it is ready, or a time has come, or they are cancelled or interrupted")
    func waiting() async throws {
        let (ours, theirs) = try Socket.sharedPair()
        let awaited = AwaitedDescriptor(ours, loop: try .shared())
        #expect(await awaited.wait(for: .writable))
        let reader = Task { await awaited.wait(for: .readable) }
        let cancelled = Task { await awaited.wait(for: .readable) }
        cancelled.cancel()
        #expect(await cancelled.value == false)
        #expect(try theirs.send([1]) == 1)
        #expect(await reader.value)
        #expect(try ours.receive(upTo: 10) == [1])
        let moment = MonotonicClock.now + .milliseconds(20)
        #expect(await awaited.wait(for: .readable, until: moment))
        #expect(MonotonicClock.now >= moment)
        let idle = Task { await awaited.wait(for: .readable, isInterruptible: true) }
        let busy = Task { await awaited.wait(for: .readable) }
        awaited.interrupt()
        #expect(await idle.value)
        #expect(await awaited.wait(for: .readable, isInterruptible: true))
        awaited.end()
        #expect(await busy.value == false)
        #expect(await awaited.wait(for: .writable) == false)
    }
}
