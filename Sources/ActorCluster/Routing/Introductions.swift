/// In the primary: which workers have a pipe of their own to each other.
///
/// Both ends of a pipe are sent at once, each behind all that the primary has told that worker before. So a worker that
/// asks for a pipe that there is gets it, or has had it.
package struct Introductions: Equatable, Sendable {
    package enum Answer: Equatable, Sendable {
        /// A new pipe, by its number.
        case introduce(UInt64)
        /// The other one has asked before.
        case onItsWay
        /// One of the two has as many as it may.
        case full
    }

    private struct Pair: Hashable {
        let lower: UInt64
        let higher: UInt64

        init(_ one: UInt64, _ other: UInt64) { (lower, higher) = (min(one, other), max(one, other)) }
    }

    private let limit: Int
    /// The number of each pair's pipe.
    private var pipes: [Pair: UInt64] = [:]
    /// Of each process that has some.
    private var partners: [UInt64: Set<UInt64>] = [:]
    private var last: UInt64 = 0

    package init(limit: Int = Limits.directPipes) { self.limit = limit }

    package var count: Int { pipes.count }

    /// How many pipes a process has.
    package func count(of process: UInt64) -> Int { partners[process]?.count ?? 0 }

    /// A process wants a pipe to another one.
    package mutating func asked(by process: UInt64, for other: UInt64) -> Answer {
        let pair = Pair(process, other)
        if pipes[pair] != nil { return .onItsWay }
        guard count(of: process) < limit, count(of: other) < limit else { return .full }
        last += 1
        pipes[pair] = last
        partners[process, default: []].insert(other)
        partners[other, default: []].insert(process)
        return .introduce(last)
    }

    /// A process has lost its pipe to another one, or could not take it.
    package mutating func parted(_ process: UInt64, _ other: UInt64, number: UInt64) {
        let pair = Pair(process, other)
        guard pipes[pair] == number else { return }
        pipes[pair] = nil
        forget(process, of: other)
        forget(other, of: process)
    }

    /// A process is gone, and with it all its pipes.
    package mutating func ended(_ process: UInt64) {
        for other in partners.removeValue(forKey: process) ?? [] {
            pipes[Pair(process, other)] = nil
            forget(process, of: other)
        }
    }

    private mutating func forget(_ process: UInt64, of other: UInt64) {
        partners[other]?.remove(process)
        if partners[other]?.isEmpty == true { partners[other] = nil }
    }
}
