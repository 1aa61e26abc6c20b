public import ActorCluster
public import Distributed
import Synchronization

/// Numbers from 1 on, and an account of how far they have got.
public struct Numbers: AsyncSequence, Sendable {
    /// What it gives.
    public typealias Element = Int

    /// Of all sources that share it.
    public final class Account: Sendable {
        fileprivate let counted = Atomic<Int>(0)
        fileprivate let running = Atomic<Int>(0)

        /// Nothing.
        public init() {}

        /// Elements that were taken from sources.
        public var produced: Int { counted.load(ordering: .sequentiallyConsistent) }
        /// Sources that somebody iterates.
        public var sources: Int { running.load(ordering: .sequentiallyConsistent) }
    }

    private let last: Int
    private let pause: Duration
    private let failure: (any Error)?
    private let account: Account

    /// Up to `last`, with a pause before each, and then perhaps an error.
    public init(to last: Int, pause: Duration = .zero, failure: (any Error)? = nil, account: Account = Account()) {
        (self.last, self.pause, self.failure, self.account) = (last, pause, failure, account)
    }

    /// From 1.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Counts.
    public final class AsyncIterator: AsyncIteratorProtocol {
        private let numbers: Numbers
        private var number = 0

        fileprivate init(_ numbers: Numbers) {
            self.numbers = numbers
            numbers.account.running.add(1, ordering: .sequentiallyConsistent)
        }

        deinit { numbers.account.running.subtract(1, ordering: .sequentiallyConsistent) }

        /// The next one.
        public func next() async throws -> Int? {
            if numbers.pause > .zero { try await Task.sleep(for: numbers.pause) }
            guard number < numbers.last else {
                if let failure = numbers.failure { throw failure }
                return nil
            }
            number += 1
            numbers.account.counted.add(1, ordering: .sequentiallyConsistent)
            return number
        }
    }
}

/// A stream in a struct.
public struct Parcel: Codable, Sendable {
    /// Something beside it.
    public var label: String
    /// It.
    public var numbers: RemoteStream<Int>

    /// Both.
    public init(label: String, numbers: RemoteStream<Int>) { (self.label, self.numbers) = (label, numbers) }
}

/// A root actor that gives and reads streams.
public distributed actor Streamer {
    /// The cluster's.
    public typealias ActorSystem = ClusterActorSystem

    private let account = Numbers.Account()
    private var kept: [RemoteStream<Int>] = []

    init(actorSystem: ClusterActorSystem) { self.actorSystem = actorSystem }

    /// Numbers, with a pause before each.
    public distributed func count(to last: Int, pauseMilliseconds pause: Int = 0) -> RemoteStream<Int> {
        RemoteStream(Numbers(to: last, pause: .milliseconds(pause), account: account))
    }

    /// Numbers and then an error, of a type that is listed or not.
    public distributed func fail(after last: Int, listed: Bool) -> RemoteStream<Int> {
        let failure: any Error = listed ? ListedError(code: 3, hint: "stream") : UnlistedError(description: "stream")
        return RemoteStream(Numbers(to: last, failure: failure, account: account))
    }

    /// Byte arrays of this length.
    public distributed func arrays(_ count: Int, length: Int) -> RemoteStream<[UInt8]> {
        RemoteStream(
            AsyncStream { stream in
                for _ in 0..<count { stream.yield(Array(repeating: 1, count: length)) }
                stream.finish()
            })
    }

    /// Reads all of it.
    public distributed func sum(of parcel: Parcel) async throws -> Int {
        var sum = 0
        for try await number in parcel.numbers { sum += number }
        return sum
    }

    /// Reads so many.
    public distributed func sum(ofFirst count: Int, of numbers: RemoteStream<Int>) async throws -> Int {
        var sum = 0
        for try await number in numbers.prefix(count) { sum += number }
        return sum
    }

    /// Gives it to whoever asked.
    public distributed func pass(_ numbers: RemoteStream<Int>) -> Parcel { Parcel(label: "passed", numbers: numbers) }

    /// Holds it and reads nothing.
    public distributed func keep(_ numbers: RemoteStream<Int>) { kept.append(numbers) }

    /// How many numbers were taken from its sources.
    public distributed func produced() -> Int { account.produced }

    /// How many of its sources are iterated.
    public distributed func sources() -> Int { account.sources }

    /// Streams whose source is in its process.
    public distributed func openStreams() -> Int { actorSystem.streams.count }
}

extension Groups {
    /// Workers that give and read streams.
    public static let streamers = WorkerGroup("streamers") { worker in Streamer(actorSystem: worker.actorSystem) }
}
