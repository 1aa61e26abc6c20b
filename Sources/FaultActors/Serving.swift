public import ActorCluster
public import Distributed
package import ProcessIO

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A root actor in a worker that answers lines on connections.
public distributed actor Server {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let worker: WorkerContext

    init(_ worker: WorkerContext) {
        self.worker = worker
        actorSystem = worker.actorSystem
    }

    /// What asking for a listener's descriptor gives, in words.
    public distributed func describeListener(_ name: String) async -> String {
        do {
            close(try await withCallTimeout(.milliseconds(300)) { try await worker.listener(name) })
            return "a descriptor"
        } catch {
            return "\(error)"
        }
    }

    /// Writes a line to a socket that comes beside a large value, whose size it returns.
    public distributed func write(_ line: String, to socket: SharedSocket, with value: [UInt8]) -> Int {
        socket.write(line)
        return value.count
    }

    /// For so long the process can get one descriptor, and no second one. Returns at once.
    public distributed func refuseDescriptors(forMilliseconds time: Int) async throws {
        try await OpenFiles.refuse(forMilliseconds: time)
    }

    /// Processor time that this process has used, in milliseconds.
    public distributed func processorTime() -> Int {
        Int(clock()) / (Int(CLOCKS_PER_SEC) / 1_000)
    }
}

/// A socket as an argument.
public struct SharedSocket: Codable, Sendable {
    private let descriptor: PassedDescriptor

    package init(_ descriptor: SharedDescriptor) { self.descriptor = PassedDescriptor(descriptor) }

    /// Writes a line.
    public func write(_ line: String) { _ = try? descriptor.shared.send(Array("\(line)\n".utf8)[...]) }
}

extension Groups {
    /// Workers that serve the listener "web".
    public static let servers = WorkerGroup("servers") { worker in
        switch getenv("SERVER").map({ String(cString: $0) }) {
        case "descriptor": try await Responder.serveDescriptor(worker)
        case "nothing": break
        case "slowly": Responder.serveSlowly(worker)
        case "late":
            try await Task.sleep(for: .milliseconds(500))
            Responder.serve(worker)
        default: Responder.serve(worker)
        }
        return Server(worker)
    }
}
