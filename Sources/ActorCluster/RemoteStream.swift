import Distributed
import ProcessIO

/// A sequence of elements that another process can read: the argument or the result of a distributed method, or a part
/// of one.
///
///     distributed func lines(of path: String) -> RemoteStream<String> { RemoteStream(LineReader(path)) }
///
///     for try await line in try await worker.lines(of: "access.log") { ... }
///
/// It is read once, by one task. The source begins to run with the first element that is asked for, and is at most 256
/// elements or 256 KiB ahead of the reader, so a slow reader slows the source; of elements longer than that one is
/// under way while another is used. (An `AsyncStream` that is filled by `yield` has a buffer of its own, and is not slowed.)
/// A stream has no time limit.
///
/// What the source throws is thrown here after its last element, as by a method: as itself if its type is listed in
/// `ClusterOptions.errors`, as `RemoteError` otherwise. `CallError.workerDied` tells that the source's process is gone.
/// When the reader stops, because its loop or its task has ended, it was released without being read, or its process
/// has gone, then the task of the source is cancelled at once. A stream that nobody reads is freed after 30 s. A worker
/// that drains finishes its streams as it finishes its calls.
public struct RemoteStream<Element: Codable & Sendable>: AsyncSequence, Sendable {
    /// Whatever the source throws, `CallError`, `StreamError` or `CancellationError`.
    public typealias Failure = any Error

    fileprivate enum Origin: Sendable {
        case here(StreamOrigin<Element>)
        case elsewhere(StreamReader)
    }

    fileprivate let origin: Origin

    /// A stream of what a sequence gives.
    public init<Source: AsyncSequence & Sendable>(_ source: Source) where Source.Element == Element {
        origin = .here(StreamOrigin(source))
    }

    /// Begins to read. Who is second is told by `StreamError.consumedTwice`.
    public func makeAsyncIterator() -> AsyncIterator {
        switch origin {
        case .here(let origin): AsyncIterator(origin.isFirst() ? .here(origin.makeNext()) : .refused)
        case .elsewhere(let reader): AsyncIterator(reader.begin() ? .elsewhere(StreamPulls(reader)) : .refused)
        }
    }

    /// Reads one element after another.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate enum Way {
            case here(StreamOrigin<Element>.Next)
            case elsewhere(StreamPulls)
            case refused
            case over
        }

        private var way: Way

        fileprivate init(_ way: Way) { self.way = way }

        /// The next element; `nil`: there is none.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Element? {
            do {
                let element: Element?
                switch way {
                case .here(let next): element = try await next()
                case .elsewhere(let pulls): element = try await pulls.next(Element.self)
                case .refused: throw StreamError.consumedTwice
                case .over: return nil
                }
                if element == nil { way = .over }
                return element
            } catch {
                way = .over
                throw error
            }
        }
    }
}

/// Why a stream cannot be read, or sent.
public enum StreamError: Error, Hashable, Sendable, Codable {
    /// Somebody reads it, or has read it.
    case consumedTwice
    /// Its source has ended: nobody has read it for 30 s, or its cluster has stopped.
    case closed
    /// So many streams of this process are under way, and no more may be.
    case tooManyStreams(limit: Int)
    /// It is encoded, or decoded, outside of a distributed call.
    case notInCall
}

extension StreamError: CustomStringConvertible {
    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .consumedTwice: "a stream is read once, by one reader"
        case .closed: "the stream's source has ended: nobody read it in time, or its cluster has stopped"
        case .tooManyStreams(let limit): "\(limit) streams of this process are under way, and no more may be"
        case .notInCall: "a RemoteStream can be sent in a distributed call and in no other way"
        }
    }
}

extension RemoteStream: Codable {
    /// In the arguments or the result of a call: its source can be pulled from now on. Throws `StreamError`.
    public func encode(to encoder: any Encoder) throws {
        guard let system = encoder.userInfo[.actorSystemKey] as? ClusterActorSystem else {
            throw StreamError.notInCall
        }
        var container = encoder.singleValueContainer()
        switch origin {
        case .here(let origin): try container.encode(origin.open(system))
        case .elsewhere(let reader):
            reader.passOn()
            try container.encode(reader.source)
        }
    }

    /// Throws `DecodingError`, `StreamError`, and `CallError.targetMissing` when its source was here and is gone.
    public init(from decoder: any Decoder) throws {
        guard let system = decoder.userInfo[.actorSystemKey] as? ClusterActorSystem else {
            throw StreamError.notInCall
        }
        let source = try decoder.singleValueContainer().decode(StreamSource.self)
        origin = .elsewhere(StreamReader(source, system))
    }
}
