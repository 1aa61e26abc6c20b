import ActorCluster
import ActorClusterTesting
import Testing

@Suite("EventLog")
struct EventLogTests {
    private typealias Log = EventLog<Int, String>

    /// What a reader gets until there is nothing more: missed events as negative numbers.
    private static func readAll(_ log: inout Log, _ reader: UInt64) -> [Int] {
        var found: [Int] = []
        while true {
            switch log.read(reader) {
            case .event(let event): found.append(event)
            case .missed(let count): found.append(-count)
            case .nothing, .over: return found
            }
        }
    }

    @Test("each reader gets every event from its beginning on, in order, however others read")
    func readers() {
        var log = Log()
        let first = log.addReader()
        for event in 1...3 { _ = log.append(event, bytes: 1) }
        let second = log.addReader()
        for event in 4...5 { _ = log.append(event, bytes: 1) }
        #expect(Self.readAll(&log, first) == [1, 2, 3, 4, 5])
        #expect(Self.readAll(&log, second) == [4, 5])
        #expect(log.count == 0)
    }

    @Test("without a reader nothing is kept, and what the last one has not read goes with it")
    func nobody() {
        var log = Log()
        _ = log.append(1, bytes: 1)
        #expect(log.count == 0)
        let slow = log.addReader()
        let fast = log.addReader()
        for event in 1...10 { _ = log.append(event, bytes: 1) }
        #expect(Self.readAll(&log, fast).count == 10)
        #expect(log.count == 10)
        _ = log.removeReader(slow)
        #expect(log.count == 0)
        #expect(log.readerCount == 1)
        guard case .over = log.read(slow) else {
            Issue.record("it reads still")
            return
        }
    }

    @Test(
        "past the bound of events or of bytes the oldest go, and a slow reader is told how many", arguments: [5, 100])
    func bounds(limit: Int) {
        var log = Log(count: limit, bytes: 50)
        let slow = log.addReader()
        let fast = log.addReader()
        for event in 1...30 {
            _ = log.append(event, bytes: 10)
            #expect(Self.readAll(&log, fast) == [event])
            #expect(log.count == min(5, event))
        }
        #expect(Self.readAll(&log, slow) == [-25, 26, 27, 28, 29, 30])
        #expect(log.count == 0)
    }

    @Test("who waits gets the next event, once; of one reader's several, each in turn")
    func waiting() {
        var log = Log()
        let one = log.addReader()
        let two = log.addReader()
        log.wait(one, "a")
        log.wait(one, "b")
        log.wait(two, "c")
        #expect(Set(log.append(1, bytes: 1)) == ["a", "c"])
        #expect(log.count == 0)
        #expect(log.append(2, bytes: 1) == ["b"])
        #expect(log.count == 1)
        #expect(Self.readAll(&log, one) == [])
        #expect(Self.readAll(&log, two) == [2])
    }

    @Test("a reader that is removed, and the end of all, let go of those who wait; what is there can still be read")
    func ends() {
        var log = Log()
        let waiting = log.addReader()
        let removed = log.addReader()
        let slow = log.addReader()
        _ = log.append(1, bytes: 1)
        #expect(Self.readAll(&log, waiting) == [1])
        #expect(Self.readAll(&log, removed) == [1])
        log.wait(waiting, "a")
        log.wait(removed, "b")
        #expect(log.removeReader(removed) == ["b"])
        #expect(log.finish() == ["a"])
        _ = log.append(2, bytes: 1)
        #expect(Self.readAll(&log, slow) == [1])
        let late = log.addReader()
        guard case .over = log.read(slow), case .over = log.read(late) else {
            Issue.record("it goes on after its end")
            return
        }
    }

    @Test("whatever readers do, each finds every number once, read or missed, in order")
    func random() {
        var generator = SeededGenerator(seed: TestLength.seed)
        for _ in 0..<200 {
            var log = Log(count: 8, bytes: 60)
            var last = 0
            var places: [UInt64: Int] = [:]
            for _ in 0..<300 {
                switch generator.below(8) {
                case 0: places[log.addReader()] = last
                case 1:
                    if let reader = places.keys.randomElement(using: &generator) {
                        _ = log.removeReader(reader)
                        places[reader] = nil
                    }
                case 2...4:
                    guard let (reader, place) = places.randomElement(using: &generator) else { continue }
                    switch log.read(reader) {
                    case .event(let event):
                        #expect(event == place + 1)
                        places[reader] = event
                    case .missed(let count): places[reader] = place + count
                    case .nothing: #expect(place == last)
                    case .over: Issue.record("over")
                    }
                default:
                    last += 1
                    _ = log.append(last, bytes: generator.below(20))
                }
                let unread = places.values.map { last - $0 }.max() ?? 0
                #expect(log.count <= min(8, unread))
            }
        }
    }
}
