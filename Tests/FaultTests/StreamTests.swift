import ActorCluster
import ActorClusterTesting
import FaultActors
import Foundation
import ProcessIO
import Testing

extension SharingTests {
    @Suite("streams")
    struct Streams {
        private static func streamers(
            _ cluster: Cluster, _ count: Int = 1
        ) async throws -> WorkerPool<Streamer> {
            try await cluster.start(Groups.streamers, count: count, options: workerProgram())
        }

        private static func sum(_ stream: RemoteStream<Int>) async throws -> Int {
            var sum = 0
            for try await number in stream { sum += number }
            return sum
        }

        @Test("a stream is a result, an argument, part of a struct, or passed on, and gives every element once")
        func everyWay() async throws {
            try await withCluster { cluster in
                let pool = try await Self.streamers(cluster, 2)
                let (one, two) = (pool.workers[0].actor, pool.workers[1].actor)
                #expect(try await Self.sum(one.count(to: 1_000)) == 500_500)
                let parcel = Parcel(label: "p", numbers: RemoteStream(Numbers(to: 1_000)))
                #expect(try await one.sum(of: parcel) == 500_500)
                let far = Parcel(label: "p", numbers: try await one.count(to: 1_000))
                #expect(try await two.sum(of: far) == 500_500, "from worker to worker")
                let there = RemoteStream(Numbers(to: 1_000))
                #expect(try await Self.sum(one.pass(there).numbers) == 500_500, "there and back")
                #expect(try await Self.sum(RemoteStream(Numbers(to: 10))) == 55, "sent nowhere")
                #expect(try await Self.sum(one.count(to: 0)) == 0)
                let account = try await eventually { try await one.openStreams() + one.sources() == 0 }
                #expect(account && cluster.actorSystem.streams.count == 0)
            }
        }

        @Test("a slow reader slows the source: its lead is never above its credit")
        func lead() async throws {
            try await withCluster { cluster in
                let streamer = try await Self.streamers(cluster).actor
                var used = 0
                for try await _ in try await streamer.count(to: 2_000) {
                    used += 1
                    if used % 100 == 1 {
                        #expect(try await streamer.produced() <= used + Limits.streamCredit)
                    }
                }
                let account = Numbers.Account()
                let kept = RemoteStream(Numbers(to: .max, account: account))
                #expect(try await streamer.sum(ofFirst: 1_000, of: kept) == 500_500)
                #expect(account.produced <= 1_000 + Limits.streamCredit)
                #expect(try await eventually { account.sources == 0 })
            }
        }

        @Test("what the source throws comes after its last element, as itself or by its name")
        func errors() async throws {
            try await withCluster { cluster in
                let streamer = try await Self.streamers(cluster).actor
                for count in [0, 300] {
                    for isListed in [true, false] {
                        let stream = try await streamer.fail(after: count, listed: isListed)
                        let got = Lock(0)
                        let error = await failure {
                            for try await _ in stream { got.withLock { $0 += 1 } }
                        }
                        #expect(got.withLock { $0 } == count)
                        if isListed {
                            #expect(error as? ListedError == ListedError(code: 3, hint: "stream"))
                        } else {
                            #expect((error as? RemoteError)?.typeName == "FaultActors.UnlistedError")
                        }
                    }
                }
                let long = try await streamer.arrays(1, length: 1 << 20)
                let error = await failure { for try await _ in long {} }
                #expect((error as? RemoteError)?.typeName == "ActorCluster.CallError", "an element above the limit")
            }
        }

        @Test("the death of the source's process ends a stream with workerDied, also if nothing was under way")
        func deaths() async throws {
            try await withCluster { cluster in
                let pool = try await Self.streamers(cluster)
                for isRead in [true, false] {
                    let worker = pool.workers[0]
                    let stream = try await worker.actor.count(to: .max, pauseMilliseconds: isRead ? 1 : 0)
                    var iterator = stream.makeAsyncIterator()
                    if isRead { #expect(try await iterator.next() == 1) }
                    kill(try #require(worker.pid), SIGKILL)
                    let error = await failure { while try await iterator.next() != nil {} }
                    guard case CallError.workerDied(worker.id, _, _)? = error else {
                        return unexpected(error)
                    }
                    #expect(try await iterator.next() == nil)
                    _ = try await pool.replacement(of: worker)
                }
            }
        }

        @Test("a reader that breaks off, is cancelled, never begins or dies frees the source at once")
        func readersThatGo() async throws {
            try await withCluster { cluster in
                let pool = try await Self.streamers(cluster, 2)
                let (one, two) = (pool.workers[0].actor, pool.workers[1])
                let isFree = { @Sendable in try await eventually { try await one.openStreams() + one.sources() == 0 } }
                for try await number in try await one.count(to: .max) where number == 500 { break }
                #expect(try await isFree(), "broken off")

                let slow = try await one.count(to: .max, pauseMilliseconds: 3_600_000)
                let reading = Task { try await Self.sum(slow) }
                #expect(try await eventually { try await one.sources() == 1 })
                reading.cancel()
                await #expect(throws: CancellationError.self) { try await reading.value }
                #expect(try await isFree(), "cancelled")

                _ = try await one.count(to: .max)
                #expect(try await isFree(), "never read")

                let lost = try await one.count(to: .max)
                let summing = Task { try await two.incarnation.sum(ofFirst: .max, of: lost) }
                #expect(try await eventually { try await one.produced() > 2_000 })
                kill(try #require(two.pid), SIGKILL)
                await #expect(throws: CallError.self) { try await summing.value }
                #expect(try await isFree(), "dead")
            }
        }

        @Test("a stream is read once, and outside of a call it is not encoded")
        func once() async throws {
            try await withCluster { cluster in
                let streamer = try await Self.streamers(cluster).actor
                let stream = try await streamer.count(to: 10)
                #expect(try await Self.sum(stream) == 55)
                await #expect(throws: StreamError.consumedTwice) { try await Self.sum(stream) }
                let mine = RemoteStream(Numbers(to: 10))
                #expect(try await Self.sum(mine) == 55)
                await #expect(throws: StreamError.consumedTwice) { try await Self.sum(mine) }
                let sent = RemoteStream(Numbers(to: 10))
                try await streamer.keep(sent)
                await #expect(throws: StreamError.consumedTwice) { try await Self.sum(sent) }
                #expect(throws: StreamError.notInCall) { try JSONEncoder().encode(sent) }
            }
        }

        @Test("streams are bounded in number, and one that nobody reads is freed in time")
        func bounds() async throws {
            try await withCluster { cluster in
                let streamer = try await Self.streamers(cluster).actor
                let streams = cluster.actorSystem.streams
                streams.patience.withLock { $0 = .milliseconds(20) }
                try await streamer.keep(RemoteStream(Numbers(to: 10)))
                #expect(try await eventually { streams.count == 0 })
                streams.patience.withLock { $0 = Limits.streamUnread }
                for _ in 0..<Limits.streams { try await streamer.keep(RemoteStream(Numbers(to: 10))) }
                let error = await failure { try await streamer.keep(RemoteStream(Numbers(to: 10))) }
                guard case CallError.notEncodable(let text, .notSent)? = error else { return unexpected(error) }
                #expect(text.contains("\(StreamError.tooManyStreams(limit: Limits.streams))"))
            }
        }

        @Test("a stream outlives the limit of a call, and one that is being read is finished by a worker that drains")
        func times() async throws {
            var options = Groups.options
            options.callTimeout = .milliseconds(200)
            try await withCluster(options) { cluster in
                let pool = try await Self.streamers(cluster)
                let slow = try await pool.actor.count(to: 3, pauseMilliseconds: 120)
                let reading = Task { try await Self.sum(slow) }
                let isRead = try await eventually { try await pool.actor.sources() == 1 }
                #expect(isRead)
                await pool.stop()
                #expect(try await reading.value == 6)
            }
        }

        @Test("a million elements arrive in order, and the source is never ahead by more than its credit")
        func million() async throws {
            try await withCluster { cluster in
                let streamer = try await Self.streamers(cluster).actor
                let count = TestLength.rounds(20_000, long: 1_000_000)
                var last = 0
                let time = try await elapsed {
                    for try await number in try await streamer.count(to: count) {
                        guard number == last + 1 else { return unexpected(nil, "\(number) after \(last)") }
                        last = number
                        if number % 1_000 == 0 {
                            #expect(try await streamer.produced() <= number + Limits.streamCredit)
                        }
                    }
                }
                #expect(last == count)
                if TestLength.isLong { print("\(count) elements in \(time)") }
            }
        }
    }
}
