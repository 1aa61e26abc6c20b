import ActorClusterTesting
import ProcessIO
import Testing

@testable import ActorCluster

/// A worker that answers pings while it is not stopped, and a primary that wakes up when it should while it is not.
private struct Watched {
    var health: WorkerHealth
    var now = Instant.zero
    /// When the worker is stopped.
    var stops: [Range<Instant>] = []
    /// When the primary is.
    var pauses: [Range<Instant>] = []
    /// What the worker says of itself.
    var pong = Pong(number: 0)
    private var unanswered: UInt64?
    private(set) var findings: [(at: Duration, finding: WorkerHealth.Finding)] = []
    private(set) var pings: [(at: Duration, ping: Ping)] = []

    init(_ policy: HealthPolicy = HealthPolicy()) { health = WorkerHealth(policy, at: .zero) }

    private static func end(of ranges: [Range<Instant>], around moment: Instant) -> Instant {
        ranges.first { $0.contains(moment) }?.upperBound ?? moment
    }

    /// Goes on to this moment: each thing happens at its time, and pongs are read before timers run.
    mutating func run(until end: Duration) throws {
        let end = Instant.zero + end
        while true {
            let wake = health.nextDeadline.map { Self.end(of: pauses, around: $0) }
            let answer = unanswered.map { _ in Self.end(of: pauses, around: Self.end(of: stops, around: now)) }
            guard let next = [wake, answer].compactMap({ $0 }).min(), next <= end else { break }
            now = max(now, next)
            if let answer, answer <= now, let number = unanswered {
                unanswered = nil
                pong.number = number
                for finding in try health.received(pong, at: now) { findings.append((now - .zero, finding)) }
            } else {
                let (ping, finding) = health.tick(at: now)
                if let finding { findings.append((now - .zero, finding)) }
                if let ping {
                    pings.append((now - .zero, ping))
                    unanswered = ping.number
                }
            }
        }
        now = end
    }

    var found: [WorkerHealth.Finding] { findings.map(\.finding) }
}

extension Range<Instant> {
    fileprivate static func from(_ start: Duration, _ length: Duration) -> Self {
        Instant.zero + start..<Instant.zero + start + length
    }
}

@Suite("WorkerHealth", .computing, .timeLimit(.minutes(TestLength.minutes)))
struct WorkerHealthTests {
    @Test("a ping goes out each second, and a worker that answers them is well for ever")
    func well() throws {
        var worker = Watched()
        try worker.run(until: .seconds(120))
        #expect(worker.pings.map(\.at) == (0...120).map { .seconds($0) })
        #expect(worker.found.isEmpty)
    }

    @Test(
        "B1: a worker stopped for 2.9 s is never suspect, whenever that is between two pings",
        arguments: [0, 1, 100, 500, 999])
    func shortStop(milliseconds: Int) throws {
        var worker = Watched()
        worker.stops = [.from(.seconds(10) + .milliseconds(milliseconds), .milliseconds(2_900))]
        try worker.run(until: .seconds(60))
        #expect(worker.found.isEmpty)
    }

    @Test(
        "B2: a worker stopped for good is suspect 3 s after the first ping it leaves unanswered, and killed after 10 s")
    func longStop() throws {
        var worker = Watched()
        worker.stops = [.from(.milliseconds(9_001), .seconds(1_000))]
        try worker.run(until: .seconds(60))
        #expect(worker.findings.map(\.at) == [.seconds(13), .seconds(20)])
        #expect(worker.found == [.suspect, .unresponsive(.seconds(10))])
        #expect(worker.health.nextDeadline == nil)
        #expect(worker.pings.last?.at == .seconds(19))
    }

    @Test(
        "B3: a suspect worker that answers after 3.1 to 9.9 s has recovered with that pong",
        arguments: [3_100, 5_000, 7_777, 9_900])
    func recovery(milliseconds: Int) throws {
        var worker = Watched()
        worker.stops = [.from(.seconds(5), .milliseconds(milliseconds))]
        try worker.run(until: .seconds(60))
        #expect(worker.found == [.suspect, .recovered])
        #expect(worker.findings.map(\.at) == [.seconds(8), .seconds(5) + .milliseconds(milliseconds)])
    }

    @Test("B3: a worker that is stopped again and again is suspect again and again")
    func pairs() throws {
        var worker = Watched()
        worker.stops = (1...5).map { .from(.seconds($0 * 20), .seconds(5)) }
        try worker.run(until: .seconds(200))
        #expect(worker.found == (1...5).flatMap { _ in [WorkerHealth.Finding.suspect, .recovered] })
    }

    @Test("B6: nobody is suspect because the primary was stopped for 15 s, whether the worker was too or not")
    func primaryStopped() throws {
        for stop in [[], [Range.from(.seconds(10), .seconds(15))], [Range.from(.milliseconds(9_300), .seconds(17))]] {
            for start in stride(from: 10_000, to: 11_000, by: 100) {
                var worker = Watched()
                worker.pauses = [.from(.milliseconds(start), .seconds(15))]
                worker.stops = stop
                try worker.run(until: .seconds(60))
                #expect(worker.found.isEmpty, "\(start) \(stop)")
            }
        }
    }

    @Test("B6: a primary that is late by 501 ms each time judges nobody; one that is late by 499 ms does")
    func lateness() throws {
        for (lag, isJudged) in [(501, false), (499, true)] {
            var health = WorkerHealth(HealthPolicy(), at: .zero)
            var findings: [WorkerHealth.Finding] = []
            for _ in 0..<60 {
                guard let due = health.nextDeadline else { break }
                let now = due + .milliseconds(lag)
                if let finding = health.tick(at: now).finding { findings.append(finding) }
            }
            #expect(findings.isEmpty == !isJudged, "\(lag)")
            if isJudged {
                #expect(findings.first == .suspect)
                #expect(findings.count == 2)
            }
        }
    }

    @Test("B6: after a void round a silent worker has all its time once more")
    func timeAfterVoidRound() throws {
        var worker = Watched()
        worker.stops = [.from(.milliseconds(4_500), .seconds(1_000))]
        worker.pauses = [.from(.milliseconds(8_500), .seconds(2))]
        try worker.run(until: .seconds(60))
        #expect(worker.findings.map(\.at) == [.seconds(8), .milliseconds(10_500 + 10_000)])
    }

    @Test("B5: a worker that says its threads have started nothing for 30.0 s is stalled, for 29.9 s not")
    func stalled() throws {
        var worker = Watched()
        worker.pong.executorWait = .milliseconds(29_900)
        try worker.run(until: .seconds(5))
        #expect(worker.found.isEmpty)
        worker.pong.executorWait = .seconds(30)
        try worker.run(until: .seconds(10))
        #expect(worker.found == [.stalled(.seconds(30))])
        #expect(worker.findings.map(\.at) == [.seconds(6)])
    }

    @Test("a root actor is asked every 10 s; it is unwell when it takes 30 s or has thrown three times running")
    func checks() throws {
        var worker = Watched()
        worker.pong.checkTime = .milliseconds(29_999)
        worker.pong.checkFailures = 2
        try worker.run(until: .seconds(60))
        #expect(worker.pings.filter { $0.ping.asksRoot }.map(\.at) == (1...6).map { .seconds($0 * 10) })
        #expect(worker.found.isEmpty)
        var late = worker
        late.pong.checkTime = .seconds(30)
        try late.run(until: .seconds(62))
        #expect(late.found == [.checkLate(.seconds(30))])
        worker.pong.checkFailures = 3
        try worker.run(until: .seconds(62))
        #expect(worker.found == [.checkFailed(times: 3)])
    }

    @Test("what is found last ends it: nothing follows, and nothing more is due")
    func end() throws {
        var worker = Watched()
        worker.pong.executorWait = .seconds(31)
        worker.pong.checkFailures = 9
        worker.stops = [.from(.seconds(1), .seconds(4))]
        try worker.run(until: .seconds(100))
        #expect(worker.found == [.stalled(.seconds(31))])
        #expect(worker.health.nextDeadline == nil)
        #expect(worker.health.tick(at: .zero + .seconds(200)) == (nil, nil))
    }

    @Test("numbers of calls come with pongs; a pong that nobody asked for is a violation")
    func pongs() throws {
        var worker = Watched()
        worker.pong.callsServed = 17
        try worker.run(until: .seconds(2))
        #expect(worker.health.callsServed == 17)
        #expect(throws: ProtocolViolation.neverIssued(9)) {
            try worker.health.received(Pong(number: 9), at: .zero + .seconds(3))
        }
    }

    @Test("pings and pongs cross the pipe as they are")
    func frames() {
        let ping = Ping(number: 7, every: .milliseconds(200), asksRoot: true)
        #expect(Ping(ping.numbers) == ping)
        var pong = Pong(number: 8)
        (pong.executorWait, pong.checkTime) = (.seconds(31), .nanoseconds(5))
        (pong.checkFailures, pong.callsServed) = (3, 1 << 40)
        #expect(Pong(pong.numbers) == pong)
        let strange = Pong(FrameNumbers(.max, .max, .max, .max, .max))
        #expect(strange.executorWait == Duration.nanoseconds(Int64.max))
    }
}
