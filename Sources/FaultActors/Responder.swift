import ActorCluster
import ProcessIO
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Answers lines.
///
/// `who`: slot, pid and the client's address; `wait MS`: `done` after so long; `hold`: `held`, and then nothing more, ever; `die`:
/// the process kills itself.
enum Responder {
    private static let listener = "web"

    /// Each connection has a task of its own. `SERVER_LIMIT`: as many at once.
    static func serve(_ worker: WorkerContext) {
        let limit = getenv("SERVER_LIMIT").flatMap { Int(String(cString: $0)) }
        Task.detached {
            for await connection in worker.connections(listener, limit: limit) {
                Task.detached { await answer(connection, worker.id) }
            }
        }
    }

    /// One connection after another, each as long as its client likes.
    static func serveSlowly(_ worker: WorkerContext) {
        Task.detached {
            for await connection in worker.connections(listener) { await answer(connection, worker.id) }
        }
    }

    private static func answer(_ connection: Connection, _ worker: WorkerID) async {
        var received: [UInt8] = []
        while let bytes = try? await connection.read(stopsAtDrain: received.isEmpty), !bytes.isEmpty {
            received += bytes
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                guard let answer = await answer(to: line, from: connection.client, worker),
                    (try? await connection.write(Array("\(answer)\n".utf8))) != nil
                else { break }
                if line == "hold" { _ = try? await connection.read() }
            }
        }
        connection.close()
    }

    private static func answer(to line: String, from client: SocketAddress, _ worker: WorkerID) async -> String? {
        let words = line.split(separator: " ")
        switch words.first {
        case "who": return "\(worker.slot) \(getpid()) \(client)"
        case "wait":
            try? await Task.sleep(for: .milliseconds(words.last.flatMap { Int($0) } ?? 0))
            return "done"
        case "hold": return "held"
        case "die":
            kill(getpid(), SIGKILL)
            return nil
        default: return line
        }
    }

    /// As a server does that knows nothing of this library but a descriptor: a thread that accepts, and one question for
    /// each connection.
    static func serveDescriptor(_ worker: WorkerContext) async throws {
        let number = try await worker.listener(listener)
        let over = SharedFlag()
        worker.onShutdown { over.set() }
        try startThread("server") {
            while !over.isSet {
                var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
                guard poll(&entry, 1, 20) > 0 else { continue }
                guard case .connection(let socket, let client)? = try? ListeningSocket.accept(from: number) else {
                    continue
                }
                let count = worker.countConnection(of: listener)
                SharedSocket(socket).write("\(worker.id.slot) \(getpid()) \(SocketAddress(client))")
                count.end()
            }
            close(number)
        }
    }
}

/// Set once.
private final class SharedFlag: Sendable {
    private let state = Atomic(false)

    var isSet: Bool { state.load(ordering: .relaxed) }

    func set() { state.store(true, ordering: .relaxed) }
}
