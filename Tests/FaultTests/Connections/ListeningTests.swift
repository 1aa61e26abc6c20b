import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("listening")
    struct ListeningTests {
        @Test(
            "L-07: port 0 is a real port, on the address that was asked for, in the listener and in each worker's event"
        )
        func realPort() async throws {
            try await withCluster { cluster in
                let record = EventRecord(cluster.events)
                let listener = try await cluster.listen(on: anyPort, as: "web", for: Groups.servers)
                guard case .tcp("127.0.0.1", let port) = listener.address else { return unexpected(nil) }
                #expect((1...65_535).contains(port))
                let pool = try await cluster.start(Groups.servers, count: 2, options: workerProgram())
                let isTold = try await eventually {
                    record.kinds(of: pool.workers[0].id).contains(.listening(listener.address))
                        && record.kinds(of: pool.workers[1].id).contains(.listening(listener.address))
                }
                #expect(isTold)
            }
        }

        @Test(
            "L-02: a worker that listens says so once, between online and its end",
            arguments: [ConnectionDistribution.shared, .roundRobin, .reusePort])
        func eventOrder(distribution: ConnectionDistribution) async throws {
            try await withServers(1, distribution) { cluster, pool, listener in
                let (record, worker) = (EventRecord(cluster.events), pool.workers[0])
                let own = EventRecord(pool.events)
                try await worker.restart()
                let next = pool.workers[0].id
                #expect(try await eventually { record.kinds(of: next).contains(.listening(listener.address)) })
                _ = try await ask(2, at: listener.address)
                await pool.stop()
                try await record.waitForExit(of: next)
                try await own.waitForExit(of: next)
                let names = record.kinds(of: next).map(\.name)
                #expect(names.sorted() == ["disconnected", "exited", "listening", "online", "ready", "spawned"])
                #expect(names.prefix(2) == ["spawned", "online"] && names.suffix(2) == ["disconnected", "exited"])
                #expect(own.kinds(of: next).map(\.name) == names)
            }
        }

        @Test("N-03: a port that is in use is an error of listen at once, in words; it can be had when it is free")
        func inUse() async throws {
            try await withCluster { cluster in
                let first = try await cluster.listen(on: anyPort, as: "web", for: Groups.servers)
                let error = await failure {
                    _ = try await cluster.listen(on: first.address, as: "more", for: Groups.servers)
                }
                guard case ClusterError.listenFailed(first.address, "bind", EADDRINUSE)? = error else {
                    return unexpected(error)
                }
                #expect("\(error as Any)".contains("another program listens there"))
                let sameName = await failure {
                    _ = try await cluster.listen(on: anyPort, as: "web", for: Groups.servers)
                }
                guard case ClusterError.invalidOption? = sameName else { return unexpected(sameName) }
                for _ in 0..<3 {
                    first.close()
                    let again = try await cluster.listen(on: first.address, as: "web", for: Groups.servers)
                    #expect(again.address == first.address)
                    again.close()
                }
            }
        }

        @Test("N-03: while workers serve it a listener can be closed, and another one opened on its port")
        func listenAgain() async throws {
            for distribution in [ConnectionDistribution.shared, .roundRobin] {
                try await withServers(2, distribution) { cluster, pool, listener in
                    _ = try await ask(4, at: listener.address)
                    listener.close()
                    await #expect(throws: Client.Failure(call: "connect", errno: ECONNREFUSED)) {
                        try await onOwnThread { try Client(to: listener.address) }
                    }
                    let again = try await cluster.listen(
                        on: listener.address, as: "web", for: pool, distribution: distribution)
                    #expect(again.address == listener.address)
                    // Whoever has read the old one to its end begins anew.
                    try await pool.workers[0].restart()
                    #expect(try await ask(1, at: again.address).count == 1)
                }
            }
        }

        @Test("what cannot be listened on is an error of listen at once, in words")
        func refusals() async throws {
            try await withCluster { cluster in
                let cases: [(SocketAddress, ConnectionDistribution, String)] = [
                    (.tcp(host: "no such host.invalid", port: 0), .shared, "not known"),
                    (.tcp(host: "192.0.2.1", port: 0), .shared, "does not have that address"),
                    (.tcp(host: "127.0.0.1", port: 70_000), .shared, "no port 70000"),
                    (.unix(path: "/no/such/directory/socket"), .shared, "directory must exist"),
                    (.unix(path: String(repeating: "x", count: 200)), .shared, "1 to 107 bytes"),
                    (.unix(path: "/tmp/x"), .reusePort, "for a host and a port"),
                    (.inherited(descriptor: 0), .shared, "a socket that listens"),
                    (.inherited(descriptor: 9_999), .shared, "a socket that listens"),
                ]
                for (address, distribution, words) in cases {
                    let error = await failure {
                        _ = try await cluster.listen(
                            on: address, as: "web", for: Groups.servers, distribution: distribution)
                    }
                    #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(address): \(error as Any)")
                }
            }
        }

        @Test("hosts may be names, IPv6 addresses, or empty")
        func hosts() async throws {
            try await withCluster { cluster in
                for (name, host) in ["localhost", "::1", "", "::"].enumerated() {
                    let address = SocketAddress.tcp(host: host, port: 0)
                    let listener = try await cluster.listen(on: address, as: "\(name)", for: Groups.servers)
                    guard case .tcp(_, let port) = listener.address else { return unexpected(nil, host) }
                    #expect(port > 0)
                    listener.close()
                }
                var options = ListenOptions()
                options.ipv6Only = true
                let listener = try await cluster.listen(
                    on: .tcp(host: "::", port: 0), as: "web", for: Groups.servers, options: options)
                guard case .tcp(_, let port) = listener.address else { return unexpected(nil) }
                await #expect(throws: Client.Failure(call: "connect", errno: ECONNREFUSED)) {
                    try await onOwnThread { try Client(to: .tcp(host: "127.0.0.1", port: port)) }
                }
            }
        }

        @Test(
            "N-10: a Unix socket has the rights that were asked for, takes the place of a dead server's, and is gone at the end",
            arguments: [ConnectionDistribution.shared, .roundRobin])
        func unixSocket(distribution: ConnectionDistribution) async throws {
            try await withTemporaryDirectory { directory in
                let path = "\(directory)/web.socket"
                var options = ListenOptions()
                options.unixMode = 0o620
                // A dead server's: bound, and closed without removing its file.
                let dead = try #require(RawSocketName(path: path))
                let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
                #expect(dead.withPointer { bind(number, $0, $1) } == 0)
                close(number)
                try await withServers(1, distribution, on: .unix(path: path), listening: options) {
                    cluster, _, listener in
                    #expect(listener.address == .unix(path: path))
                    var facts = stat()
                    #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o620)
                    let answer = try await onOwnThread { try Answer(Client.ask("who", at: listener.address)) }
                    #expect(answer.client == "a Unix socket")
                    let error = await failure {
                        _ = try await cluster.listen(on: listener.address, as: "more", for: Groups.servers)
                    }
                    guard case ClusterError.listenFailed(_, "bind", EADDRINUSE)? = error else {
                        return unexpected(error)
                    }
                }
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }

        @Test(
            "N-10: a socket that listens already is served without a bind, and stays when the cluster has ended",
            arguments: [ConnectionDistribution.shared, .roundRobin])
        func inherited(distribution: ConnectionDistribution) async throws {
            let name = try #require(HostLookup.address(ofNumber: "127.0.0.1", port: 0))
            let activated = try ListeningSocket(name, ListeningSettings())
            let number = activated.descriptor.number
            for _ in 0..<2 {
                try await withServers(2, distribution, on: .inherited(descriptor: number)) { _, _, listener in
                    #expect(listener.address == SocketAddress(activated.name))
                    let answers = try await ask(4, at: listener.address)
                    #expect(answers.values.reduce(0, +) == 4)
                }
            }
            withExtendedLifetime(activated) {}
        }

        @Test("when a pool has given up its clients are refused, and do not wait for a worker that will never come")
        func gaveUp() async throws {
            let change: @Sendable (inout PoolOptions) -> Void = { options in
                (options.intensity, options.optional) = (RestartIntensity(0), true)
            }
            try await withServers(1, .shared, change) { cluster, pool, listener in
                let record = EventRecord(cluster.events)
                kill(try #require(pool.workers[0].pid), SIGKILL)
                try await record.wait("the pool's end") { $0.contains { $0.kind.isGaveUp && $0.worker == nil } }
                let isRefused = try await eventually {
                    try await onOwnThread { (try? Client(to: listener.address)) == nil }
                }
                #expect(isRefused)
            }
        }

        @Test("N-03: a port that needs a right is told in words, and so is a directory")
        func rights() {
            let port = ClusterError.listenFailed(.tcp(host: "127.0.0.1", port: 80), call: "bind", errno: EACCES)
            #expect(
                "\(port)".hasPrefix("cannot listen on 127.0.0.1:80: bind: Permission denied (errno 13); ports below"))
            let file = ClusterError.listenFailed(.unix(path: "/socket"), call: "bind", errno: EACCES)
            #expect("\(file)".contains("must be allowed to write to the directory"))
            let other = ClusterError.listenFailed(.tcp(host: "::1", port: 80), call: "listen", errno: EINVAL)
            #expect("\(other)" == "cannot listen on [::1]:80: listen: Invalid argument (errno 22)")
        }

        @Test(
            "N-03: a process without the right is told so by listen at once, listens elsewhere, and here when it may")
        func withoutRight() async throws {
            try await withTemporaryDirectory { directory in
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory)
                let closed = "\(directory)/closed"
                try FileManager.default.createDirectory(
                    atPath: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
                try await leavingNothing { try await onOwnThread { try Self.listenWithoutRight(in: closed) } }
            }
        }

        private static func listenWithoutRight(in directory: String) throws {
            let path = "\(directory)/web.socket"
            let primary = try WatchedPrimary(["listen", "unprivileged", path])
            let words = "bind: Permission denied (errno 13)"
            #expect(
                try primary.line(beginning: "path")
                    == "path cannot listen on \(path): \(words); this user must be allowed to write to the directory")
            let firstFree = try String(contentsOfFile: "/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding: .utf8)
            if let number = Int(firstFree.filter(\.isNumber)), number > 80 {
                let line = try primary.line(beginning: "port")
                #expect(line.hasPrefix("port cannot listen on 127.0.0.1:80: \(words); ports below 1,024"), "\(line)")
            }
            #expect(try primary.line(beginning: "other").hasPrefix("other 127.0.0.1:"))
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory)
            try primary.waitUntilReady()
            let answer = try Answer(Client.ask("who", at: .unix(path: path)))
            #expect(answer.pid == primary.workers.first)
            primary.signal(SIGTERM)
            #expect(primary.end(within: .seconds(10)) == .code(0))
            #expect(!FileManager.default.fileExists(atPath: path))
        }

        @Test(
            "a worker's question for a listener that does not exist says so; one whose connections are handed over has none"
        )
        func noListener() async throws {
            try await withServers(1, .roundRobin) { _, pool, _ in
                let actor = pool.workers[0].actor
                let handed = try await actor.describeListener("web")
                #expect(handed.contains("use WorkerContext.connections"), "\(handed)")
                let none = try await actor.describeListener("nothing")
                #expect(none.contains("has no listener \"nothing\""), "\(none)")
            }
        }
    }
}
