import ActorCluster
import ActorClusterTesting
import ProcessIO

/// Two workers that call each other, the primary between them and the pipes that it gives them: all messages in order, each
/// delivered at a random moment. Calls are numbered and nobody waits for them, as when each runs out of time at once.
struct PipeWorld {
    /// What a test plants, so that it is known to be found.
    enum Fault { case none, opensAtOnce, questionOvertakes }

    enum Message: Equatable {
        case call(Int)
        case ask
        case introduced(UInt64, isLost: Bool)
        case refused
        case parted(UInt64)
        case hello
        /// All calls that went before are there.
        case question(UInt64)
        case answer(UInt64, isReached: Bool)
        case end
    }

    struct Worker {
        var routes = DirectRoutes()
        var nextCall = 1
        /// To the primary, and from it.
        var up: [Message] = []
        var down: [Message] = []
        /// To the other one, by pipe.
        var out: [UInt64: [Message]] = [:]
        /// Pipes of which it has its end.
        var ends: Set<UInt64> = []
        /// Where calls go; `nil`: to the primary.
        var pipe: UInt64?
        var isOpen = false
        /// Calls that wait for the pipe.
        var held: [Int] = []
        /// The other one's calls, as they came.
        var taken: [Int] = []
        var lost: Set<Int> = []
    }

    var workers = [Worker(), Worker()]
    var introductions = Introductions()
    private var broken: Set<UInt64> = []
    var now = Instant.zero
    let fault: Fault
    var random: SeededGenerator
    /// One in so many ends is lost, questions refused and pipes broken; 0: none.
    let trouble: Int

    init(seed: UInt64, trouble: Int, fault: Fault = .none) {
        (random, self.trouble, self.fault) = (SeededGenerator(seed: seed), trouble, fault)
    }

    private mutating func happens() -> Bool { trouble > 0 && Int.random(in: 0..<trouble, using: &random) == 0 }

    private func incarnation(_ worker: Int) -> UInt64 { UInt64(worker) + 1 }

    // MARK: A step

    mutating func step(mayCall: Bool) -> Bool {
        now = now + .milliseconds(1)
        if mayCall, Int.random(in: 0..<3, using: &random) == 0 {
            call(from: Int.random(in: 0...1, using: &random))
            return true
        }
        var ways: [() -> (worker: Int, pipe: UInt64?, isUp: Bool)] = []
        for worker in 0...1 {
            if !workers[worker].up.isEmpty { ways.append { (worker, nil, true) } }
            if !workers[worker].down.isEmpty { ways.append { (worker, nil, false) } }
            for (pipe, queue) in workers[worker].out.sorted(by: { $0.key < $1.key })
            where !queue.isEmpty && workers[1 - worker].ends.contains(pipe) {
                ways.append { (worker, pipe, true) }
            }
        }
        guard let way = ways.randomElement(using: &random)?() else { return false }
        switch (way.pipe, way.isUp) {
        case (let pipe?, _):
            let message = workers[way.worker].out[pipe]?.removeFirst()
            if let message { receive(message, by: 1 - way.worker, through: pipe) }
        case (nil, true): pass(on: workers[way.worker].up.removeFirst(), of: way.worker)
        case (nil, false): receive(workers[way.worker].down.removeFirst(), by: way.worker)
        }
        return true
    }

    private mutating func call(from worker: Int) {
        let number = workers[worker].nextCall
        workers[worker].nextCall += 1
        make(number, from: worker)
        if let pipe = workers[worker].pipe, workers[worker].isOpen, happens() { breakPipe(pipe) }
    }

    private mutating func make(_ number: Int, from worker: Int) {
        if let pipe = workers[worker].pipe {
            if broken.contains(pipe) {
                workers[worker].lost.insert(number)
            } else if workers[worker].isOpen {
                workers[worker].out[pipe, default: []].append(.call(number))
            } else {
                workers[worker].held.append(number)
            }
            return
        }
        switch workers[worker].routes.wanted(incarnation(1 - worker), at: now) {
        case .ask: workers[worker].up.append(.ask)
        case .use(let pipe): switchOver(worker, pipe)
        case nil: break
        }
        // The switch may have come first.
        if workers[worker].pipe == nil { workers[worker].up.append(.call(number)) } else { make(number, from: worker) }
    }

    // MARK: The primary

    private mutating func pass(on message: Message, of worker: Int) {
        let other = 1 - worker
        switch message {
        case .ask:
            switch introductions.asked(by: incarnation(worker), for: incarnation(other)) {
            case .introduce(let number):
                for end in 0...1 {
                    workers[end].out[number] = []
                    workers[end].down.append(.introduced(number, isLost: happens()))
                }
            case .onItsWay: break
            case .full: workers[worker].down.append(.refused)
            }
        case .parted(let number):
            introductions.parted(incarnation(worker), incarnation(other), number: number)
        case .question(let number) where happens():
            workers[worker].down.append(.answer(number, isReached: false))
        case .question where fault == .questionOvertakes: workers[other].down.insert(message, at: 0)
        default: workers[other].down.append(message)
        }
    }

    // MARK: A worker

    private mutating func receive(_ message: Message, by worker: Int, through pipe: UInt64 = 0) {
        let other = incarnation(1 - worker)
        switch message {
        case .call(let number): workers[worker].taken.append(number)
        case .introduced(let number, let isLost):
            if workers[worker].routes.introduced(to: other, number: number, isLost: isLost, at: now) {
                workers[worker].ends.insert(number)
                workers[worker].out[number]?.append(.hello)
            } else {
                workers[worker].up.append(.parted(number))
                workers[worker].out[number]?.append(.end)
            }
        case .refused: workers[worker].routes.refused(other, forGood: false, at: now)
        case .hello: if workers[worker].routes.greeted(other, number: pipe) { switchOver(worker, pipe) }
        case .question(let number): workers[worker].up.append(.answer(number, isReached: true))
        case .answer(let number, let isReached): answered(worker, number, isReached)
        case .end: ended(worker, pipe)
        case .ask, .parted: break
        }
    }

    private mutating func switchOver(_ worker: Int, _ pipe: UInt64) {
        guard workers[worker].routes.switches(incarnation(1 - worker), number: pipe) else { return }
        (workers[worker].pipe, workers[worker].isOpen) = (pipe, fault == .opensAtOnce)
        workers[worker].up.append(.question(pipe))
    }

    private mutating func answered(_ worker: Int, _ pipe: UInt64, _ isReached: Bool) {
        let other = incarnation(1 - worker)
        if isReached {
            guard workers[worker].routes.reached(other, number: pipe) else { return }
            workers[worker].isOpen = true
        } else {
            guard workers[worker].routes.notReached(other, number: pipe, at: now) else { return }
            workers[worker].pipe = nil
        }
        remake(worker)
    }

    private mutating func remake(_ worker: Int) {
        let held = workers[worker].held
        workers[worker].held = []
        for number in held { make(number, from: worker) }
    }

    private mutating func ended(_ worker: Int, _ pipe: UInt64) {
        workers[worker].up.append(.parted(pipe))
        let (other, isBroken) = (incarnation(1 - worker), Bool.random(using: &random))
        if workers[worker].routes.ended(other, number: pipe, isBroken: isBroken, at: now) == .unused { return }
        workers[worker].lost.formUnion(workers[worker].held)
        (workers[worker].held, workers[worker].pipe, workers[worker].isOpen) = ([], nil, false)
        workers[worker].routes.closed(other, number: pipe, at: now)
    }

    /// What is in it is lost.
    private mutating func breakPipe(_ pipe: UInt64) {
        broken.insert(pipe)
        for worker in 0...1 {
            for case .call(let number) in workers[worker].out[pipe] ?? [] { workers[worker].lost.insert(number) }
            workers[worker].out[pipe] = [.end]
        }
    }

    // MARK: What is wrong

    /// Once nothing is on its way any more.
    var complaint: String? {
        for worker in 0...1 {
            let (taken, sender) = (workers[worker].taken, workers[1 - worker])
            if let late = zip(taken, taken.dropFirst()).first(where: { $0 >= $1 }) {
                return "call \(late.1) came after \(late.0)"
            }
            let missing = Set(1..<sender.nextCall).subtracting(taken).subtracting(sender.lost)
            if !missing.isEmpty { return "calls \(missing.sorted()) never came" }
            if !sender.held.isEmpty { return "calls wait for ever" }
        }
        return nil
    }
}
