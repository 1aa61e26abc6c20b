import ActorCluster
import ActorClusterTesting
import Testing

/// A random life of a `TopicTable`, and a second, simpler account of what each subscriber must have got.
struct TopicWorld {
    private struct Reader {
        let process: UInt64
        let overflow: TopicOverflow
        var offered: [[UInt8]] = []
        var got: [[UInt8]] = []
        var dropped = 0
        var isReading = false
    }

    private struct Publisher {
        var number: UInt8 = 0
        var ticket: UInt64?
        var message: [UInt8] = []
    }

    private var random: SeededGenerator
    private let seed: UInt64
    private var table = TopicTable()
    private var processes: [UInt64] = []
    private var lastProcess: UInt64 = 0
    private var readers: [UInt64: Reader] = [:]
    private var publishers = [Publisher](repeating: Publisher(), count: 3)
    private var withdrawn: Set<[UInt8]> = []

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        for _ in 0..<3 { begin() }
    }

    mutating func step() throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: begin()
        case 1: if let process = processes.randomElement(using: &random) { end(process) }
        case 2...4: try subscribe()
        case 5: if let number = readers.keys.sorted().randomElement(using: &random) { leave(number) }
        case 6...11: try publish(by: Int.random(in: 0..<3, using: &random))
        case 12: withdraw(Int.random(in: 0..<3, using: &random))
        default: if let number = readers.keys.sorted().randomElement(using: &random) { read(number) }
        }
    }

    /// Everybody reads to the end, and goes.
    mutating func end() throws {
        for number in readers.keys.sorted() {
            while readers[number]?.isReading == false { read(number) }
        }
        #expect(publishers.allSatisfy { $0.ticket == nil } && table.waitingPublishers == 0, "seed \(seed)")
        for reader in readers.values { check(reader) }
        for process in processes { end(process) }
        #expect(table.subscriptionCount == 0, "seed \(seed)")
    }

    private func check(_ reader: Reader) {
        if reader.overflow == .slowPublisher {
            let missing = reader.offered.filter { !reader.got.contains($0) }
            #expect(reader.dropped == 0 && missing.allSatisfy(withdrawn.contains), "seed \(seed)")
        } else {
            #expect(reader.got.count + reader.dropped == reader.offered.count, "seed \(seed)")
        }
        #expect(Set(reader.got).count == reader.got.count, "seed \(seed): doubled")
        // Numbers of a publisher rise by one, modulo 256, which no life gets to.
        for publisher in 0..<3 as Range<UInt8> {
            let numbers = reader.got.filter { $0[0] == publisher }.map { $0[1] }
            #expect(numbers == numbers.sorted(), "seed \(seed): publisher \(publisher)")
        }
    }

    private mutating func begin() {
        lastProcess += 1
        processes.append(lastProcess)
        table.began(lastProcess)
    }

    private mutating func end(_ process: UInt64) {
        processes.removeAll { $0 == process }
        perform(table.ended(process))
        #expect(!readers.values.contains { $0.process == process }, "seed \(seed)")
    }

    private mutating func subscribe() throws {
        guard let process = processes.randomElement(using: &random) else { return }
        var wish = SubscriptionWish(topic: "t", type: "T", process: process)
        wish.buffer = Int.random(in: 1...4, using: &random)
        wish.overflow = [.dropOldest, .dropNewest, .slowPublisher].randomElement(using: &random) ?? .dropOldest
        let number = try #require(try table.subscribe(wish))
        readers[number] = Reader(process: process, overflow: wish.overflow)
    }

    private mutating func leave(_ number: UInt64) { perform(table.unsubscribe(number)) }

    private mutating func publish(by index: Int) throws {
        guard publishers[index].ticket == nil, publishers[index].number < 255 else { return }
        publishers[index].number += 1
        let message = [UInt8(index), publishers[index].number]
        for number in readers.keys { readers[number]?.offered.append(message) }
        let publication = try table.publish(message, to: "t", type: "T")
        #expect(publication.processes == Set(readers.values.map(\.process)).count, "seed \(seed)")
        (publishers[index].ticket, publishers[index].message) = (publication.ticket, message)
        perform(publication.actions)
    }

    private mutating func withdraw(_ index: Int) {
        guard let ticket = publishers[index].ticket else { return }
        publishers[index].ticket = nil
        withdrawn.insert(publishers[index].message)
        perform(table.withdraw(ticket))
    }

    private mutating func read(_ number: UInt64) {
        guard readers[number]?.isReading == false else { return }
        switch table.read(number) {
        case .batch(let batch, let actions):
            got(batch, number)
            perform(actions)
        case .wait: readers[number]?.isReading = true
        case .over: Issue.record("seed \(seed): \(number) is gone")
        }
    }

    private mutating func got(_ batch: TopicBatch, _ number: UInt64) {
        for index in 0..<batch.values.count { readers[number]?.got.append(batch.values[index].map(Array.init) ?? []) }
        readers[number]?.dropped = Int(batch.dropped)
    }

    private mutating func perform(_ actions: [TopicTable.Action]) {
        for action in actions {
            switch action {
            case .deliver(let batch, let number):
                #expect(readers[number]?.isReading == true, "seed \(seed)")
                readers[number]?.isReading = false
                got(batch, number)
            case .end(let number): #expect(readers.removeValue(forKey: number) != nil, "seed \(seed)")
            case .release(let ticket):
                let waiting = publishers.indices.filter { publishers[$0].ticket == ticket }
                #expect(waiting.count == 1, "seed \(seed)")
                for index in waiting { publishers[index].ticket = nil }
            }
        }
    }
}
