/// A method that is to be called somewhere.
package struct CalledTarget: Hashable, Sendable {
    /// The identifier of its `RemoteCallTarget`.
    package let name: String
    /// Its number in this process; nil: this binary has no such method.
    package let number: Int?

    package init(name: String, number: Int?) {
        self.name = name
        self.number = number
    }
}

/// Which numbers the targets of this binary have at a peer, and the other way round.
///
/// Names from a peer are compared with the own ones and nothing else: what is not equal to one of them is a method that
/// the other side does not have.
package final class TargetMapping: Sendable {
    private struct Difference {
        let names: [String]
        let numbers: [String: Int]
        /// By own number.
        let theirs: [Int?]
        /// By the peer's number.
        let ours: [Int?]
    }

    private let ownNames: [String]
    /// Nil: both binaries have the same table.
    private let difference: Difference?

    /// For a peer with an equal fingerprint.
    package init(same table: TargetTable) {
        ownNames = table.names
        difference = nil
    }

    /// For a peer that has sent its names. They need not be sorted, and of two equal ones the first counts.
    package init(_ table: TargetTable, peerNames: [String]) {
        ownNames = table.names
        let numbers = Dictionary(zip(peerNames, peerNames.indices)) { first, _ in first }
        difference = Difference(
            names: peerNames, numbers: numbers, theirs: table.names.map { numbers[$0] },
            ours: peerNames.map { table.number(of: $0) })
    }

    /// The number that the peer knows it by; nil: the peer has no such method.
    package func number(of target: CalledTarget) -> Int? {
        guard let difference else { return target.number }
        guard let number = target.number else { return difference.numbers[target.name] }
        return difference.theirs[number]
    }

    /// What the peer means by a number; nil: nothing.
    package func target(numbered number: UInt64) -> CalledTarget? {
        guard let number = Int(exactly: number) else { return nil }
        if let difference {
            guard number < difference.names.count else { return nil }
            return CalledTarget(name: difference.names[number], number: difference.ours[number])
        }
        guard number < ownNames.count else { return nil }
        return CalledTarget(name: ownNames[number], number: number)
    }
}
