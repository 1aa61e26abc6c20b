import ProcessIO

/// What may be called on one actor type. Anything else is an unknown target.
package struct ActorTargets: Sendable {
    /// By number, ascending.
    package let all: [Target]
    private let entries: [Int: TargetEntry]

    init(_ targets: [Target], of type: any Any.Type) {
        all = targets.sorted { $0.number < $1.number }
        entries = Dictionary(targets.map { ($0.number, TargetEntry($0, of: type)) }) { first, _ in first }
    }

    /// Nil: no such method on this type.
    package func target(numbered number: Int) -> Target? { entries[number]?.target }

    func entry(numbered number: Int) -> TargetEntry? { entries[number] }
}

/// A target of one actor type, and what is needed to run it.
package final class TargetEntry: Sendable {
    let target: Target
    let actorType: any Any.Type
    /// `nil`: not looked up yet.
    private let found = Lock<TargetCode??>(nil)

    init(_ target: Target, of actorType: any Any.Type) {
        self.target = target
        self.actorType = actorType
    }

    /// Looked up at the first call and kept as long as the table; nil: the runtime has to be asked at each call.
    var code: TargetCode? {
        found.withLock { found in
            if let found { return found }
            let code = TargetCode(target, of: actorType)
            found = .some(code)
            return code
        }
    }
}
