/// What a reader knows of the names of one type: makes changes of the news that it gets, each once.
package struct NameView: Equatable, Sendable {
    package enum Change: Equatable, Sendable {
        case all([String: ActorID])
        case registered(String, ActorID)
        case gone(String)
        case missed(Int)
    }

    /// What it wants to know next.
    package private(set) var question = NameQuestion.list(after: nil)
    private var known: [String: ActorID] = [:]
    /// The number of the last change that is in the first part of a list that is not whole yet.
    private var listedAt: UInt64?
    private var changes: [Change] = []
    private var next = 0

    package init() {}

    /// The next change; `nil`: ask.
    package mutating func take() -> Change? {
        guard next < changes.count else {
            (changes, next) = ([], 0)
            return nil
        }
        next += 1
        return changes[next - 1]
    }

    package mutating func receive(_ news: NameNews) {
        switch news {
        case .list(let steps, let number, let rest):
            for step in steps { known[step.name] = step.id }
            // What changes while a list comes in parts is in a later part or not; either way it is told again.
            let first = listedAt ?? number
            listedAt = rest == nil ? nil : first
            question = rest.map { .list(after: $0) } ?? .since(first)
            if rest == nil { changes.append(.all(known)) }
        case .steps(let steps, let number):
            for step in steps { receive(step) }
            question = .since(number)
        case .missed(let count):
            (known, question) = ([:], .list(after: nil))
            changes.append(.missed(count))
        case .nothing(let number): question = .since(number)
        case .over: break
        }
    }

    private mutating func receive(_ step: NameStep) {
        guard known[step.name] != step.id else { return }
        known[step.name] = step.id
        changes.append(step.id.map { .registered(step.name, $0) } ?? .gone(step.name))
    }
}
