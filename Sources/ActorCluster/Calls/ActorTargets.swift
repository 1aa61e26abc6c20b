import ProcessIO

/// What may be called on one actor type. Anything else is an unknown target.
package struct ActorTargets: Sendable {
    /// By number, ascending.
    package let all: [Target]
    /// By number; as many as the binary's targets up to this type's last one.
    private let entries: [TargetEntry?]

    init(_ targets: [Target], of type: any Any.Type) {
        all = targets.sorted { $0.number < $1.number }
        var entries = [TargetEntry?](repeating: nil, count: (all.last?.number ?? -1) + 1)
        for target in targets { entries[target.number] = TargetEntry(target, of: type) }
        self.entries = entries
    }

    /// Nil: no such method on this type.
    package func target(numbered number: Int) -> Target? { entry(numbered: number)?.target }

    func entry(numbered number: Int) -> TargetEntry? { entries.indices.contains(number) ? entries[number] : nil }
}

/// A target of one actor type, and what is needed to run it.
package final class TargetEntry: Sendable {
    let target: Target
    let actorType: any Any.Type
    private let found = AtomicOnce<FoundCode>()

    init(_ target: Target, of actorType: any Any.Type) {
        self.target = target
        self.actorType = actorType
    }

    /// Looked up at the first call and kept as long as the table; nil: the runtime has to be asked at each call.
    var code: TargetCode? {
        if let found = found.load() { return found.code }
        return found.set(FoundCode(TargetCode(target, of: actorType))).code
    }
}

private final class FoundCode: Sendable {
    let code: TargetCode?

    init(_ code: TargetCode?) { self.code = code }
}
