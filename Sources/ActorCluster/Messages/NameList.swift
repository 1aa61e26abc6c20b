/// The names of a peer's targets, which come in runs when its table is another one. The index is the number.
package struct NameList: Equatable, Sendable {
    package private(set) var names: [String] = []
    private var total: UInt64?
    private var bytes = 0

    package init() {}

    /// Adds a run. True: the list is complete.
    package mutating func add(_ run: [String], of total: UInt64) throws(ProtocolViolation) -> Bool {
        guard total == self.total ?? total, total <= Limits.targets, !run.isEmpty || total == 0 else {
            throw .unreadable(.names)
        }
        self.total = total
        names += run
        for name in run {
            guard name.utf8.count <= Limits.targetName else { throw .unreadable(.names) }
            bytes += name.utf8.count
        }
        guard names.count <= total, bytes <= Limits.targetNames else { throw .unreadable(.names) }
        return names.count == total
    }

    /// Splits names into runs that each fit the smallest frame that may be set. At least one, which may be empty.
    ///
    /// A name that is too long becomes an empty one, which nobody asks for, so the others keep their numbers.
    package static func runs(of names: [String]) -> [[String]] {
        var runs: [[String]] = [[]]
        var bytes = 0
        for name in names {
            let name = name.utf8.count <= Limits.targetName ? name : ""
            // A string takes up to 5 bytes besides its text.
            bytes += name.utf8.count + 5
            if bytes > Limits.frameFloor - Limits.targetName {
                runs.append([])
                bytes = name.utf8.count + 5
            }
            runs[runs.count - 1].append(name)
        }
        return runs
    }
}
