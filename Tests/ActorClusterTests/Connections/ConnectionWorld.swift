import ActorCluster
import ActorClusterTesting
import ProcessIO
import Testing

/// A random life of a `ConnectionBook`, and beside it an account of who has what.
struct ConnectionWorld {
    private struct Worker {
        let slot: Int
        var isSuspect = false
        var asking: Set<UInt64> = []
        /// Told of, and neither taken nor given up.
        var told: Set<UInt64> = []
        var taken: UInt64 = 0
        var ended: UInt64 = 0
    }

    private var random: SeededGenerator
    private let seed: UInt64
    private var book: ConnectionBook
    private var now = Instant.zero
    private var workers: [UInt64: Worker] = [:]
    private var asked: [UInt64: UInt64] = [:]
    private var lastProcess: UInt64 = 0
    private var lastTicket: UInt64 = 0
    private(set) var accepted: UInt64 = 0
    private(set) var taken: Set<UInt64> = []
    private var released: Set<UInt64> = []

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        book = ConnectionBook(isByLoad: seed.isMultiple(of: 2))
    }

    private var someWorker: UInt64? {
        mutating get { workers.keys.sorted().randomElement(using: &random) }
    }

    mutating func step() {
        now = now + .milliseconds(Int.random(in: 0...20, using: &random))
        if let deadline = book.nextDeadline, deadline <= now { perform(book.expire(at: now)) }
        switch Int.random(in: 0..<40, using: &random) {
        case 0: begin()
        case 1: if let process = someWorker { leave(process) }
        case 2: if let process = someWorker { suspect(process) }
        case 3: if let process = someWorker { recover(process) }
        case 4: if let process = someWorker { withdraw(process) }
        case 5...14: if let process = someWorker { ask(process) }
        case 15...24: if let process = someWorker { take(process) }
        case 25...28: if let process = someWorker { end(process) }
        default: if book.hasRoom { accept() }
        }
        check()
    }

    /// One worker that does what it should takes all that are left.
    mutating func finish() {
        for process in workers.keys.sorted() { leave(process) }
        begin()
        let process = lastProcess
        for _ in 0..<accepted where book.untaken > 0 {
            ask(process)
            take(process)
            end(process)
        }
        #expect(book.untaken == 0 && taken.count == Int(accepted), "seed \(seed): some are lost")
        #expect(released == taken, "seed \(seed)")
    }

    private func check() {
        #expect(taken.count + book.untaken == Int(accepted), "seed \(seed): one is lost, or there twice")
        let most = workers.count * Limits.connectionsUntaken
        // Those of workers that have gone wait beside them.
        if book.hasRoom { #expect(book.untaken < most, "seed \(seed)") }
    }

    private mutating func begin() {
        guard workers.count < 5 else { return }
        lastProcess += 1
        let slot = Int.random(in: 0..<4, using: &random)
        workers[lastProcess] = Worker(slot: slot)
        perform(book.serves(lastProcess, slot: slot, limit: nil, at: now))
    }

    private mutating func leave(_ process: UInt64) {
        perform(book.leaves(process, at: now))
        #expect(workers[process]?.asking.isEmpty == true, "seed \(seed): a question is left without an answer")
        workers[process] = nil
        #expect(book.load(of: process) == nil)
    }

    private mutating func suspect(_ process: UInt64) {
        workers[process]?.isSuspect = true
        perform(book.isSuspect(process, at: now))
    }

    private mutating func recover(_ process: UInt64) {
        workers[process]?.isSuspect = false
        perform(book.recovered(process, at: now))
    }

    private mutating func ask(_ process: UInt64) {
        lastTicket += 1
        workers[process]?.asking.insert(lastTicket)
        asked[lastTicket] = process
        perform(book.asks(process, ticket: lastTicket, ended: workers[process]?.ended ?? 0, at: now))
    }

    private mutating func withdraw(_ process: UInt64) {
        guard let ticket = workers[process]?.asking.min() else { return }
        workers[process]?.asking.remove(ticket)
        book.withdraw(ticket)
    }

    private mutating func take(_ process: UInt64) {
        guard let connection = workers[process]?.told.min() else { return }
        workers[process]?.told.remove(connection)
        let (isIts, actions) = book.takes(connection, process, ended: workers[process]?.ended ?? 0, at: now)
        if isIts {
            #expect(taken.insert(connection).inserted, "seed \(seed): \(connection) was taken twice")
            workers[process]?.taken += 1
        }
        perform(actions)
    }

    private mutating func end(_ process: UInt64) {
        guard let worker = workers[process], worker.ended < worker.taken else { return }
        workers[process]?.ended += 1
        perform(book.ended(process, worker.ended + 1, at: now))
    }

    private mutating func accept() {
        accepted += 1
        perform(book.accepted(accepted, at: now))
    }

    private mutating func perform(_ actions: [ConnectionBook.Action]) {
        for action in actions {
            switch action {
            case .give(let connection, let ticket):
                let process = asked[ticket] ?? 0
                #expect(workers[process]?.asking.remove(ticket) != nil, "seed \(seed): nobody asked")
                #expect(workers[process]?.isSuspect == false, "seed \(seed)")
                #expect(!taken.contains(connection), "seed \(seed): \(connection) was given after it was taken")
                workers[process]?.told.insert(connection)
            case .end(let ticket): workers[asked[ticket] ?? 0]?.asking.remove(ticket)
            case .letGo(let connection):
                #expect(released.insert(connection).inserted, "seed \(seed)")
                #expect(taken.contains(connection) || book.isClosed, "seed \(seed)")
            }
        }
    }
}

@Suite("Connections in random lives", .computing)
struct ConnectionWorldTests {
    @Test("none is lost, none is taken twice, and nobody asks for ever, whatever workers do")
    func lives() {
        for round in 0..<TestLength.rounds(300, long: 30_000) {
            var world = ConnectionWorld(seed: TestLength.seed &+ UInt64(round))
            for _ in 0..<200 { world.step() }
            world.finish()
        }
    }

    @Test("among workers that keep up, ten thousand are spread evenly, one more or less")
    func spread() {
        var book = ConnectionBook()
        var counts: [UInt64: Int] = [:]
        for process in 1...4 as ClosedRange<UInt64> {
            _ = book.serves(process, slot: Int(process), limit: nil, at: .zero)
            _ = book.asks(process, ticket: process, ended: 0, at: .zero)
        }
        for number in 1...10_000 as ClosedRange<UInt64> {
            for case .give(let connection, let process) in book.accepted(number, at: .zero) {
                counts[process, default: 0] += 1
                _ = book.takes(connection, process, ended: 0, at: .zero)
                _ = book.asks(process, ticket: process, ended: 0, at: .zero)
            }
        }
        #expect(counts == [1: 2_500, 2: 2_500, 3: 2_500, 4: 2_500])
    }
}
